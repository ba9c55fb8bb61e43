import { type Namespace, type Pod, qosClass, type Toleration } from '@kubets/api-types'
import { plainError } from '@kubets/apimachinery'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { PodTolerations } from '../configuration/contract.ts'
import { type NamespaceSource, namespaceOf } from '../namespace-of.ts'
import { writesTo } from '../writes.ts'
import { covers, mergeTolerations } from './merge-tolerations.ts'

const concerns = writesTo({ resource: 'pods' }, ['CREATE', 'UPDATE'])
const defaults = 'scheduler.alpha.kubernetes.io/defaultTolerations'
const whitelist = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist'

/** Pods that ask for memory bear it when it runs short. */
const memoryPressure = {
  key: 'node.kubernetes.io/memory-pressure',
  operator: 'Exists',
  effect: 'NoSchedule',
} as const

/** Namespaces say what their pods tolerate, and what they may: in annotations, or by what the cluster is configured with. */
export function podTolerationRestriction(
  source: NamespaceSource,
  configuration: PodTolerations = { default: [], whitelist: [] },
): AdmissionPlugin {
  const check = (request: AdmissionRequest, namespace: Namespace): void => {
    const own = (request.object as Pod).spec?.tolerations ?? []
    if (own.length === 0) return
    const named = read(namespace, whitelist)
    const allowed = named ?? configuration.whitelist
    if (allowed.length === 0 || own.every(each => allowed.some(wide => covers(wide, each)))) return
    const scope = named === undefined ? 'cluster' : 'namespace'
    throw plainError(
      `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
    )
  }
  return {
    name: 'PodTolerationRestriction',
    mutate(request) {
      if (!concerns(request)) return undefined
      return namespaceOf(source, request.namespace).then(namespace => {
        const pod = request.object as Pod
        const extra = request.operation === 'CREATE' ? [...(read(namespace, defaults) ?? configuration.default)] : []
        if (qosClass(pod) !== 'BestEffort') extra.push(memoryPressure)
        if (extra.length > 0 && pod.spec !== undefined)
          pod.spec.tolerations = mergeTolerations([...(pod.spec.tolerations ?? []), ...extra])
        check(request, namespace)
      })
    },
    validate(request) {
      if (!concerns(request)) return undefined
      return namespaceOf(source, request.namespace).then(namespace => check(request, namespace))
    },
  }
}

/** undefined: the namespace says nothing. */
function read({ metadata }: Namespace, annotation: string): Toleration[] | undefined {
  const text = metadata?.annotations?.[annotation]
  if (text === undefined || text === '') return text === undefined ? undefined : []
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value))
      throw new Error(`json: cannot unmarshal ${typeof value} into Go value of type []v1.Toleration`)
    return value as Toleration[]
  } catch (cause) {
    throw plainError((cause as Error).message)
  }
}
