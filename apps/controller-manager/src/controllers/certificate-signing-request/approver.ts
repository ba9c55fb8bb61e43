import type { CertificateSigningRequest, SubjectAccessReview } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { type RequestedNames, requestedNames } from '@kubets/pki'
import { type ControllerContext, controllerQueue } from '../../context.ts'
import { certificateSigningRequestInformer } from '../../informers/certificate-signing-requests.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { hasCondition, requestOf } from './decode.ts'
import { kubeletClientError } from './kubelet-request.ts'

/** Approves what kubelets ask for, a client certificate of their own, when the one who asks may have it. */
export const csrApprovingController: ControllerDescriptor = {
  name: 'certificatesigningrequest-approving-controller',
  alias: 'csrapproving',
  account: 'certificate-controller',
  needs: [resources.certificateSigningRequests, resources.subjectAccessReviews],
  start(context) {
    const requests = context.informers.of(certificateSigningRequestInformer)
    const queue = controllerQueue(context, {
      name: 'certificate',
      concurrency: 5,
      after: [requests],
      async process(name, signal) {
        const request = requests.lister.get({ name })
        if (request !== undefined) await approve(context, request, signal)
        return undefined
      },
    })
    const enqueue = ({ metadata }: CertificateSigningRequest) => queue.add(metadata?.name ?? '')
    requests.subscribe({ added: enqueue, updated: enqueue })
  },
}

const messages = {
  selfnodeclient: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  nodeclient: 'Auto approving kubelet client certificate after SubjectAccessReview.',
} as const
type Permission = keyof typeof messages

/** The permissions that each would do to approve the request, best first. Pure. */
export function permissionsFor({ spec }: CertificateSigningRequest, names: RequestedNames): Permission[] {
  if (spec.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet') return []
  if (kubeletClientError(names, spec.usages ?? []) !== undefined) return []
  return spec.username === names.commonName ? ['selfnodeclient', 'nodeclient'] : ['nodeclient']
}

async function approve(context: ControllerContext, request: CertificateSigningRequest, signal: AbortSignal) {
  if (request.status?.certificate || hasCondition(request, 'Approved') || hasCondition(request, 'Denied')) return
  const permissions = permissionsFor(request, await requestedNames(requestOf(request)))
  for (const permission of permissions) {
    if (!(await isAllowed(context, request, permission, signal))) continue
    const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message: messages[permission] }
    const conditions = [...(request.status?.conditions ?? []), approved]
    const changed = {
      ...request,
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      status: { ...request.status, conditions },
    }
    await context.client.update<CertificateSigningRequest>(resources.certificateSigningRequests, changed, {
      subresource: 'approval',
      signal,
    })
    return
  }
  if (permissions.length === 0) return
  // tried again, with growing pauses: the permission may come later
  throw new Error(
    `recognized csr "${request.metadata?.name}" as [${permissions.join(' ')}] but subject access review was not approved`,
  )
}

async function isAllowed(
  { client }: ControllerContext,
  { spec }: CertificateSigningRequest,
  subresource: Permission,
  signal: AbortSignal,
): Promise<boolean> {
  const { username, uid, groups, extra } = spec
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      ...(username && { user: username }),
      ...(uid && { uid }),
      ...(groups && { groups }),
      ...(extra && { extra }),
      resourceAttributes: {
        group: 'certificates.k8s.io',
        version: '*',
        resource: 'certificatesigningrequests',
        subresource,
        verb: 'create',
      },
    },
  }
  const answer = await client.create<SubjectAccessReview>(resources.subjectAccessReviews, review, { signal })
  return answer.status?.allowed === true
}
