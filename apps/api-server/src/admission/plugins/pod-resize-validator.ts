import type { Node, Pod } from '@kubets/api-types'
import { type ApiError, forbidden, Quantity } from '@kubets/apimachinery'
import { podRequests } from '@kubets/quota'
import type { WatchCache } from '@kubets/storage'
import type { AdmissionPlugin } from '../admission.ts'

/** A pod that runs is resized only to what its node could give at all, were nothing else on it. */
export function podResizeValidator(cache: Pick<WatchCache, 'get'>): AdmissionPlugin {
  return {
    name: 'PodResizeValidator',
    validate({ operation, entry, subresource, object, oldObject, name }) {
      if (operation !== 'UPDATE' || subresource !== 'resize' || entry.resource !== 'pods') return undefined
      const pod = object as Pod
      const nodeName = pod.spec?.nodeName ?? ''
      // the generation rises with the spec: without that there is nothing new to judge
      if (nodeName === '' || pod.metadata?.generation === oldObject?.metadata?.generation) return undefined
      const found = cache.get(`/registry/minions/${nodeName}`)
      if (found === undefined) throw forbidden('pods', name, `node ${JSON.stringify(nodeName)} not found`)
      const node = JSON.parse(Buffer.from(found.bytes).toString()) as Node
      const system = node.metadata?.labels?.['kubernetes.io/os'] ?? 'linux'
      if (system !== 'linux') {
        const why = `pod resize is only supported on linux nodes, node ${JSON.stringify(nodeName)} is ${JSON.stringify(system)}`
        throw withReason(forbidden('pods', name, why), 'UnsupportedPlatform')
      }
      const lacking = beyondNode(pod, node)
      if (lacking === '') return undefined
      throw withReason(
        forbidden('pods', name, `node didn't have enough allocatable resources: ${lacking}`),
        'NodeCapacity',
      )
    },
  }
}

function beyondNode(pod: Pod, { status }: Node): string {
  const { status: _, ...wanted } = pod
  const requests = podRequests(wanted)
  const said: string[] = []
  for (const resource of ['cpu', 'memory'] as const) {
    const request = requests.get(resource)
    const allocatable = Quantity.parse(String(status?.allocatable?.[resource] ?? '0'))
    if (request === undefined || request.compare(allocatable) <= 0) continue
    // cpus are told in thousandths, bytes as they are
    const number = (quantity: Quantity) => (resource === 'cpu' ? quantity.toMilli() : quantity.asInt())
    said.push(`${resource}, requested: ${number(request)}, allocatable: ${number(allocatable)}`)
  }
  return said.join('; ')
}

function withReason(error: ApiError, reason: string): ApiError {
  const details = error.status.details ?? {}
  error.status.details = { ...details, causes: [...(details.causes ?? []), { reason }] }
  return error
}
