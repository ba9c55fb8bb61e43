import { type FieldError, field, immutable, semanticEqual } from '@kubets/apimachinery'
import type { PodSpec, PodTemplateSpec } from '../../../../../wire.ts'
import { shownPodSpec, shownTemplate } from '../../../../core/v1/pod-template/internal-form.ts'
import { sameMessage } from '../../../../same-message.ts'
import { validateImmutable, validateImmutablePart } from '../../../../validation/immutable.ts'
import { validateImmutableSelector } from '../../../../validation/label-selector.ts'
import type { Job, JobSpec } from '../../../types.ts'
import { isTrue } from '../conditions.ts'

const sameTemplate = sameMessage('io.k8s.api.core.v1.PodTemplateSpec')
const samePodSpec = sameMessage('io.k8s.api.core.v1.PodSpec')

/** What may change of a Job that runs, and of one that waits. */
export function validateJobSpecUpdate(job: Job, old: Job): FieldError[] {
  const [now, before] = [job.spec ?? ({} as JobSpec), old.spec ?? ({} as JobSpec)]
  const part = (name: 'podFailurePolicy' | 'successPolicy', message: string) =>
    now[name] === undefined && before[name] !== undefined
      ? [field.invalid(`spec.${name}`, null, immutable)]
      : validateImmutablePart(`io.k8s.api.batch.v1.${message}`, now[name], before[name], `spec.${name}`)
  return [
    ...validateCompletions(now, before),
    ...validateImmutableSelector(now.selector, before.selector, 'spec.selector'),
    ...validateTemplate(now, old),
    ...validateImmutable(now.completionMode, before.completionMode, 'spec.completionMode'),
    ...part('podFailurePolicy', 'PodFailurePolicy'),
    ...validateImmutable(now.backoffLimitPerIndex, before.backoffLimitPerIndex, 'spec.backoffLimitPerIndex'),
    ...validateImmutable(now.managedBy, before.managedBy, 'spec.managedBy'),
    ...part('successPolicy', 'SuccessPolicy'),
  ]
}

/** An Indexed Job may be made longer or shorter, with as many pods at once. */
function validateCompletions({ completions, parallelism, completionMode }: JobSpec, old: JobSpec): FieldError[] {
  if (completionMode !== 'Indexed') return validateImmutable(completions, old.completions, 'spec.completions')
  if (completions === old.completions || completions === undefined || completions === parallelism) return []
  return [field.invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')]
}

/** Of a Job that is suspended and has no pods left, where pods may run and what they may use can still change. */
function validateTemplate({ template = {} as PodTemplateSpec }: JobSpec, old: Job): FieldError[] {
  const before = old.spec?.template ?? {}
  const suspended = old.spec?.suspend === true
  const idle = suspended && isTrue(old, 'Suspended') && (old.status?.active ?? 0) === 0
  const allowed = idle ? withDirectives(before, template) : before
  if (!idle) {
    if (sameTemplate(template, allowed)) return []
    return [field.invalid('spec.template', shownTemplate(template), immutable)]
  }
  const spec = withResources(allowed.spec, template.spec)
  if (samePodSpec(template.spec, spec)) return []
  return [field.invalid('spec.template.spec', shownPodSpec(template.spec), immutable)]
}

/** The old template with the new one's scheduling directives. */
function withDirectives(old: PodTemplateSpec, now: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector: _, tolerations: __, schedulingGates: ___, affinity, ...rest } = old.spec ?? ({} as PodSpec)
  const { nodeSelector, tolerations, schedulingGates, affinity: wanted } = now.spec ?? ({} as PodSpec)
  const { nodeAffinity: ____, ...others } = affinity ?? {}
  const nodeAffinity = wanted?.nodeAffinity
  const merged = nodeAffinity === undefined ? others : { ...others, nodeAffinity }
  return {
    ...old,
    ...(now.metadata === undefined ? {} : { metadata: now.metadata }),
    spec: {
      ...rest,
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(schedulingGates === undefined ? {} : { schedulingGates }),
      ...(semanticEqual(merged, {}) ? {} : { affinity: merged }),
    },
  }
}

/** The old spec with the new one's resources, container by container. */
function withResources(old: PodSpec | undefined, now: PodSpec | undefined): PodSpec {
  const spec = { ...old } as PodSpec
  for (const list of ['containers', 'initContainers'] as const) {
    const [before, after] = [old?.[list] ?? [], now?.[list] ?? []]
    if (before.length === 0 || before.length !== after.length) continue
    spec[list] = before.map((container, index) => {
      const { resources: _, ...rest } = container
      if (after[index]?.name !== container.name) return container
      const resources = after[index]?.resources
      return resources === undefined ? rest : { ...rest, resources }
    })
  }
  return spec
}
