import { age, ageColumn, column, nameColumn } from '../../../define-kind.ts'
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../types.ts'

export const columns = [
  nameColumn,
  column('Reference', 'Kind and name of what is scaled.'),
  column('Targets', 'What is measured: now and as wanted.'),
  column('MinPods', 'The least number of replicas.'),
  column('MaxPods', 'The greatest number of replicas.'),
  column('Replicas', 'Number of replicas that were last seen.'),
  ageColumn,
]

/** Metrics that are shown; more are counted. */
const shown = 2
const unknown = '<unknown>'
const percent = (value: number | undefined, missing: string) => (value === undefined ? missing : `${value}%`)

interface Valued {
  readonly value?: string
  readonly averageValue?: string
}

/** A metric of pods, objects or the outside: an amount, or an average. */
function amount(target: Valued | undefined, current: Valued | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
  return `${current?.value ?? unknown}/${target?.value ?? unknown}`
}

interface Used {
  readonly averageValue?: string
  readonly averageUtilization?: number
}

/** A resource: an average, or its share of what the pods ask for. */
function usage(name: string, target: Used | undefined, current: Used | undefined): string {
  if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`
  return `${name}: ${percent(current?.averageUtilization, unknown)}/${percent(target?.averageUtilization, '<auto>')}`
}

function metric(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return amount(spec.external?.target, status?.external?.current)
    case 'Object':
      return amount(spec.object?.target, status?.object?.current)
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? unknown}/${spec.pods?.target?.averageValue ?? unknown}`
    case 'Resource':
      return usage(spec.resource?.name ?? '', spec.resource?.target, status?.resource?.current)
    case 'ContainerResource': {
      const { name = '', target } = spec.containerResource ?? {}
      return usage(name, target, status?.containerResource?.current)
    }
    default:
      return '<unknown type>'
  }
}

function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? []
  if (metrics.length === 0) return '<none>'
  const texts = metrics.map((one, index) => metric(one, status?.currentMetrics?.[index]))
  const more = texts.length > shown ? ` + ${texts.length - shown} more...` : ''
  return texts.slice(0, shown).join(', ') + more
}

export const cells = (object: HorizontalPodAutoscaler, now: number) => [
  object.metadata?.name ?? '',
  `${object.spec?.scaleTargetRef?.kind ?? ''}/${object.spec?.scaleTargetRef?.name ?? ''}`,
  targets(object),
  object.spec?.minReplicas === undefined ? '<unset>' : String(object.spec.minReplicas),
  object.spec?.maxReplicas ?? 0,
  object.status?.currentReplicas ?? 0,
  age(object, now),
]
