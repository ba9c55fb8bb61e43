import type { WatchCache } from '@kubets/storage'
import type { Authorizer } from '../../../authorization/authorizer.ts'
import { nodeOf } from '../../../authorization/node/node-identity.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../../admission.ts'
import { admitCsiNode, admitLease, admitResourceSlice, admitSigningRequest } from './by-name.ts'
import { admitClaim } from './claim.ts'
import { admitNode } from './node.ts'
import { admitPod } from './pod.ts'
import { type NodeRequest, refuse } from './refuse.ts'
import { admitToken } from './service-account-token.ts'

export interface NodeRestrictionOptions {
  cache: Pick<WatchCache, 'get'>
  /** Asked when the server serves. */
  authorizer(): Authorizer
}

/**
 * A kubelet writes its own Node, its own pods' states and what belongs to them, and nothing else: what the Node authorizer cannot see, because it
 * does not look into objects. Upstream's stands among the mutating plugins, so its word is heard before validation's.
 */
export function nodeRestriction(options: NodeRestrictionOptions): AdmissionPlugin {
  const judge = (request: AdmissionRequest): undefined | Promise<void> => {
    const node = nodeOf(request.user)
    if (node === undefined) return undefined
    if (node === '') throw refuse(request, `could not determine node from user ${JSON.stringify(request.user.name)}`)
    return admit({ ...request, node }, options)
  }
  return {
    name: 'NodeRestriction',
    mutate: judge,
    // a delete has nothing that could be mutated: it is seen here only
    validate: request => (request.operation === 'DELETE' ? judge(request) : undefined),
  }
}

function admit(request: NodeRequest, options: NodeRestrictionOptions): undefined | Promise<void> {
  const { group, resource } = request.entry
  switch (group === '' ? resource : `${resource}.${group}`) {
    case 'pods':
      return admitPod(request, options.cache)
    case 'nodes':
      return admitNode(request)
    case 'persistentvolumeclaims':
      return admitClaim(request)
    case 'serviceaccounts':
      return admitToken(request, options)
    case 'podcertificaterequests.certificates.k8s.io':
      // the gate is off by default
      throw refuse(request, 'PodCertificateRequest feature gate is disabled')
    case 'leases.coordination.k8s.io':
      return admitLease(request)
    case 'csinodes.storage.k8s.io':
      return admitCsiNode(request)
    case 'resourceslices.resource.k8s.io':
      return admitResourceSlice(request)
    case 'certificatesigningrequests.certificates.k8s.io':
      return admitSigningRequest(request)
    default:
      return undefined
  }
}
