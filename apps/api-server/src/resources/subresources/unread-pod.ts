import { builtinSchemas, type Pod, type PodSpec } from '@kubets/api-types'
import { lateSpec, unreadSpec, withMember } from '../unread-spec.ts'

/** What a binding asks of a pod's spec and changes in it, without reading it where nobody has. */

const gatesMember = Buffer.from('"schedulingGates":[')
let order: readonly string[] | undefined

export function nodeNameOf(pod: Pod): string {
  return unreadSpec(pod)?.fields['spec.nodeName'] ?? pod.spec?.nodeName ?? ''
}

export function isGated(pod: Pod): boolean {
  // without a list of that name anywhere in it there is none
  if (unreadSpec(pod)?.bytes.includes(gatesMember) === false) return false
  return (pod.spec?.schedulingGates ?? []).length > 0
}

/** The spec of a pod that has no node yet, with a node. */
export function withNode(pod: Pod, nodeName: string): PodSpec {
  const unread = unreadSpec(pod)
  if (unread !== undefined && nodeName !== '') {
    order ??= builtinSchemas.message('io.k8s.api.core.v1.PodSpec').fields.map(({ name }) => name)
    const bytes = withMember(unread.bytes, 'nodeName', JSON.stringify(nodeName), order)
    const fields = { ...unread.fields, 'spec.nodeName': nodeName, 'spec.host': nodeName }
    if (bytes !== undefined) return lateSpec({ ...unread, bytes, fields }) as PodSpec
  }
  return { ...pod.spec, nodeName } as PodSpec
}
