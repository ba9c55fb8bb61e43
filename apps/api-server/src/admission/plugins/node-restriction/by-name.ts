import { type CertificateSigningRequest, type ResourceSlice, requestedSubject } from '@kubets/api-types'
import { type NodeRequest, refuse } from './refuse.ts'

/** Kinds of which a node has an object of its own name, or that name it. */

export function admitLease(request: NodeRequest): undefined {
  if (request.namespace !== 'kube-node-lease')
    throw refuse(request, 'can only access leases in the "kube-node-lease" system namespace')
  if (nameOf(request) !== request.node)
    throw refuse(request, 'can only access node lease with the same name as the requesting node')
  return undefined
}

export function admitCsiNode(request: NodeRequest): undefined {
  if (nameOf(request) !== request.node)
    throw refuse(request, 'can only access CSINode with the same name as the requesting node')
  return undefined
}

const nameOf = ({ operation, object, name }: NodeRequest) => (operation === 'CREATE' ? object?.metadata?.name : name)

export function admitResourceSlice(request: NodeRequest): undefined {
  const { operation, object, oldObject, node } = request
  if (operation === 'UPDATE') return undefined
  const { spec } = (operation === 'CREATE' ? object : oldObject) as ResourceSlice
  if (spec?.nodeName !== node)
    throw refuse(
      request,
      `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`,
    )
  return undefined
}

const kubeletSigners = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet']

export function admitSigningRequest(request: NodeRequest): undefined {
  if (request.operation !== 'CREATE') return undefined
  const { spec } = request.object as CertificateSigningRequest
  if (!kubeletSigners.includes(spec?.signerName ?? '')) return undefined
  let commonName: string
  try {
    commonName = requestedSubject(spec?.request).commonName
  } catch (error) {
    throw refuse(request, `unable to parse csr: ${(error as Error).message}`)
  }
  const own = `system:node:${request.node}`
  if (commonName !== own) throw refuse(request, `can only create a node CSR with CN=${own}`)
  return undefined
}
