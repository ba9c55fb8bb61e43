import { type CertificateSigningRequest, type ClusterTrustBundle, requestedSubject } from '@kubets/api-types'
import { forbidden, goQuote, semanticEqual } from '@kubets/apimachinery'
import type { Authorizer } from '../../authorization/authorizer.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { mayForSigner } from './signer-permission.ts'

/** Asked for when the server serves. */
interface Options {
  authorizer(): Authorizer
}

const refuse = ({ entry, name }: AdmissionRequest, why: string) => forbidden(entry, name, why)

const concernsRequests = (part: string, operation: AdmissionRequest['operation'], request: AdmissionRequest) =>
  request.subresource === part &&
  request.operation === operation &&
  request.entry.resource === 'certificatesigningrequests' &&
  request.entry.group === 'certificates.k8s.io'

/** The signer as it was: who changes it in the same request gains nothing. */
const signerOf = ({ oldObject }: AdmissionRequest) => (oldObject as CertificateSigningRequest).spec?.signerName ?? ''

/** Who approves for a signer must be allowed to. */
export const certificateApproval = (options: Options): AdmissionPlugin => ({
  name: 'CertificateApproval',
  validate(request) {
    if (!concernsRequests('approval', 'UPDATE', request)) return undefined
    const signer = signerOf(request)
    return mayForSigner(options.authorizer(), request.user, 'approve', signer).then(may => {
      if (!may) throw refuse(request, `user not permitted to approve requests with signerName ${goQuote(signer)}`)
    })
  },
})

/** And who signs: whoever changes the certificate or the conditions. */
export const certificateSigning = (options: Options): AdmissionPlugin => ({
  name: 'CertificateSigning',
  validate(request) {
    if (!concernsRequests('status', 'UPDATE', request)) return undefined
    const [old, now] = [request.oldObject, request.object] as CertificateSigningRequest[]
    if (
      (old?.status?.certificate ?? '') === (now?.status?.certificate ?? '') &&
      semanticEqual(old?.status?.conditions, now?.status?.conditions)
    )
      return undefined
    const signer = signerOf(request)
    return mayForSigner(options.authorizer(), request.user, 'sign', signer).then(may => {
      if (!may) throw refuse(request, `user not permitted to sign requests with signerName ${goQuote(signer)}`)
    })
  },
})

const clientSigner = 'kubernetes.io/kube-apiserver-client'

/** Nobody asks for the certificate of somebody who may do everything. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    if (!concernsRequests('', 'CREATE', request)) return undefined
    const { spec } = request.object as CertificateSigningRequest
    if (spec?.signerName !== clientSigner) return undefined
    let groups: readonly string[]
    try {
      groups = requestedSubject(spec.request).organizations
    } catch (error) {
      throw refuse(request, `failed to parse CSR: ${(error as Error).message}`)
    }
    if (groups.includes('system:masters'))
      throw refuse(request, `use of ${clientSigner} signer with system:masters group is not allowed`)
    return undefined
  },
}

/** Who tells which authorities stand for a signer must be allowed to. */
export const clusterTrustBundleAttest = (options: Options): AdmissionPlugin => ({
  name: 'ClusterTrustBundleAttest',
  validate(request) {
    const { operation, entry, object, oldObject, user } = request
    if (operation === 'DELETE' || entry.resource !== 'clustertrustbundles' || entry.group !== 'certificates.k8s.io')
      return undefined
    const bundle = object as ClusterTrustBundle
    const signer = bundle.spec?.signerName ?? ''
    if (signer === '') return undefined
    // what the garbage collector and a migration of the storage write changes nothing that anybody trusts
    if (oldObject !== undefined && semanticEqual(withoutOwners(bundle), withoutOwners(oldObject as ClusterTrustBundle)))
      return undefined
    return mayForSigner(options.authorizer(), user, 'attest', signer).then(may => {
      if (!may) throw refuse(request, `user not permitted to attest for signerName ${goQuote(signer)}`)
    })
  },
})

function withoutOwners({ metadata, ...rest }: ClusterTrustBundle) {
  const { ownerReferences: _, finalizers: __, managedFields: ___, ...meta } = metadata ?? {}
  return { ...rest, metadata: meta }
}
