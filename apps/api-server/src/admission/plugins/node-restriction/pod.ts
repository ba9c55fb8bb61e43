import type { Node, Pod } from '@kubets/api-types'
import { goQuote, semanticEqual } from '@kubets/apimachinery'
import type { WatchCache } from '@kubets/storage'
import { nodeNameOf } from '../../../resources/subresources/unread-pod.ts'
import { mustLookUp } from '../../look-up.ts'
import { apiReference } from './api-reference.ts'
import { type NodeRequest, refuse } from './refuse.ts'

type Cache = Pick<WatchCache, 'get'>

export function admitPod(request: NodeRequest, cache: Cache): undefined {
  switch (request.subresource) {
    case '':
      return admitPodItself(request, cache)
    case 'status':
      return admitStatus(request)
    case 'eviction':
      return admitEviction(request, cache)
    default:
      throw refuse(
        request,
        `unexpected pod subresource ${goQuote(request.subresource)}, only 'status' and 'eviction' are allowed`,
      )
  }
}

function admitPodItself(request: NodeRequest, cache: Cache): undefined {
  const { operation, oldObject } = request
  const node = goQuote(request.node)
  if (operation === 'CREATE') return admitMirrorPod(request, cache)
  if (operation !== 'DELETE') {
    const why = `unexpected operation ${goQuote(operation)}, node ${node} can only create and delete mirror pods`
    throw refuse(request, why)
  }
  if (nodeNameOf(oldObject as Pod) !== request.node)
    throw refuse(request, `node ${node} can only delete pods with spec.nodeName set to itself`)
  return undefined
}

/** Only what shows a static pod of the node, bound to it, owned by it, and without anything that would give it rights. */
function admitMirrorPod(request: NodeRequest, cache: Cache): undefined {
  const pod = request.object as Pod
  const node = goQuote(request.node)
  const annotation = 'kubernetes.io/config.mirror'
  if (pod.metadata?.annotations?.[annotation] === undefined)
    throw refuse(
      request,
      `pod does not have ${goQuote(annotation)} annotation, node ${node} can only create mirror pods`,
    )
  if (pod.spec?.nodeName !== request.node)
    throw refuse(request, `node ${node} can only create pods with spec.nodeName set to itself`)
  const [owner, ...others] = pod.metadata.ownerReferences ?? []
  if (others.length > 0)
    throw refuse(request, `node ${node} can only create pods with a single owner reference set to itself`)
  if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== request.node)
    throw refuse(request, `node ${node} can only create pods with an owner reference set to itself`)
  if (owner.controller !== true)
    throw refuse(request, `node ${node} can only create pods with a controller owner reference set to itself`)
  if (owner.blockOwnerDeletion === true)
    throw refuse(request, `node ${node} must not set blockOwnerDeletion on an owner reference`)
  const { metadata } = mustLookUp<Node>(cache, `minions/${request.node}`, 'node')
  const uid = metadata?.uid ?? ''
  if (owner.uid !== uid) throw refuse(request, `node ${request.node} UID mismatch: expected ${owner.uid} got ${uid}`)
  const { refersTo, error } = apiReference(pod)
  if (error !== undefined) throw refuse(request, `error checking mirror pod for API references: ${error}`)
  if (refersTo !== undefined) throw refuse(request, `node ${node} can not create pods that reference ${refersTo}`)
  return undefined
}

function admitStatus(request: NodeRequest): undefined {
  const node = goQuote(request.node)
  if (request.operation !== 'UPDATE') throw refuse(request, `unexpected operation ${goQuote(request.operation)}`)
  const [old, now] = [request.oldObject as Pod, request.object as Pod]
  if (nodeNameOf(old) !== request.node)
    throw refuse(request, `node ${node} can only update pod status for pods with spec.nodeName set to itself`)
  if (!semanticEqual(old.metadata?.labels, now.metadata?.labels))
    throw refuse(request, `node ${node} cannot update labels through pod status`)
  if (!sameClaims(old, now)) throw refuse(request, `node ${node} cannot update resource claim statues`)
  if (!semanticEqual(extendedClaim(old), extendedClaim(now)))
    throw refuse(request, `node ${node} cannot update extended resource claim status`)
  return undefined
}

function sameClaims({ status: old }: Pod, { status: now }: Pod): boolean {
  const [before, after] = [old?.resourceClaimStatuses ?? [], now?.resourceClaimStatuses ?? []]
  return (
    before.length === after.length &&
    before.every(
      ({ name, resourceClaimName }, i) => name === after[i]?.name && resourceClaimName === after[i]?.resourceClaimName,
    )
  )
}

const extendedClaim = ({ status }: Pod) =>
  (status as { extendedResourceClaimStatus?: unknown } | undefined)?.extendedResourceClaimStatus

function admitEviction(request: NodeRequest, cache: Cache): undefined {
  const { operation, object, namespace } = request
  if (operation !== 'CREATE') throw refuse(request, `unexpected operation ${operation}`)
  const name = request.name || object?.metadata?.name
  if (!name) throw refuse(request, 'could not determine pod from request data')
  const pod = mustLookUp<Pod>(cache, `pods/${namespace}/${name}`, 'pod')
  if (pod.spec?.nodeName !== request.node)
    throw refuse(request, `node ${request.node} can only evict pods with spec.nodeName set to itself`)
  return undefined
}
