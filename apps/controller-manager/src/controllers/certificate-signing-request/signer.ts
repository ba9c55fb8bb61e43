import { readFile } from 'node:fs/promises'
import type { CertificateSigningRequest } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { authorityEnd, type RequestedNames, requestedNames, signRequest } from '@kubets/pki'
import type { SignerFiles, SignerName } from '../../configuration.ts'
import { type ControllerContext, controllerQueue } from '../../context.ts'
import { certificateSigningRequestInformer } from '../../informers/certificate-signing-requests.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { hasCondition, requestOf } from './decode.ts'
import { apiServerClientError, kubeletClientError, kubeletServingError } from './kubelet-request.ts'
import { validity } from './validity.ts'

/** What each signer refuses, by its name. */
const errors: Record<SignerName, (names: RequestedNames, usages: readonly string[]) => string | undefined> = {
  'kubernetes.io/kubelet-serving': kubeletServingError,
  'kubernetes.io/kube-apiserver-client-kubelet': kubeletClientError,
  'kubernetes.io/kube-apiserver-client': (_, usages) => apiServerClientError(usages),
  'kubernetes.io/legacy-unknown': () => undefined,
}

/** Signs approved requests to the signers that it has an authority for. */
export const csrSigningController: ControllerDescriptor = {
  name: 'certificatesigningrequest-signing-controller',
  alias: 'csrsigning',
  account: 'certificate-controller',
  needs: [resources.certificateSigningRequests],
  unless: ({ configuration }) =>
    Object.keys(configuration.signers).length === 0 ? 'no csr cert/key was specified' : undefined,
  start(context) {
    const { signers } = context.configuration
    const requests = context.informers.of(certificateSigningRequestInformer)
    const queue = controllerQueue(context, {
      name: 'csrsigning',
      concurrency: 5,
      after: [requests],
      async process(name, signal) {
        const request = requests.lister.get({ name })
        const signer = request?.spec.signerName as SignerName
        const files = signers[signer]
        if (request !== undefined && files !== undefined) await sign(context, request, signer, files, signal)
        return undefined
      },
    })
    const enqueue = ({ metadata }: CertificateSigningRequest) => queue.add(metadata?.name ?? '')
    requests.subscribe({ added: enqueue, updated: enqueue })
  },
}

async function sign(
  { client, clock, configuration }: ControllerContext,
  request: CertificateSigningRequest,
  signer: SignerName,
  files: SignerFiles,
  signal: AbortSignal,
): Promise<void> {
  if (request.status?.certificate || !hasCondition(request, 'Approved')) return
  if (hasCondition(request, 'Denied') || hasCondition(request, 'Failed')) return
  const text = requestOf(request)
  const usages = request.spec.usages ?? []
  const now = clock.now()
  const message = errors[signer](await requestedNames(text), usages)
  let status = { ...request.status }
  if (message === undefined) {
    // read each time: a renewed authority is taken up at once, and requests are few
    const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')])
    const life = validity(
      request.spec.expirationSeconds,
      configuration.signingDuration,
      authorityEnd({ cert, key }),
      now,
    )
    const certificate = await signRequest({ cert, key }, text, { usages, ...life })
    status = { ...status, certificate: Buffer.from(certificate).toString('base64') }
  } else {
    const lastUpdateTime = `${new Date(now).toISOString().slice(0, 19)}Z`
    const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message, lastUpdateTime }
    status = { ...status, conditions: [...(status.conditions ?? []), failed] }
  }
  const changed = { ...request, apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', status }
  await client.update<CertificateSigningRequest>(resources.certificateSigningRequests, changed, {
    subresource: 'status',
    signal,
  })
}
