import { createHash, createPublicKey } from 'node:crypto'
import type { CertificateSigningRequest } from '@kubets/api-types'
import { isAlreadyExists } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import { type Clock, sleep } from '@kubets/component'
import { type CertificateRequest, createRequest } from '@kubets/pki'

/** What a kubelet asks its certificates of. */
export interface CertificateQuestion {
  readonly signerName: 'kubernetes.io/kube-apiserver-client-kubelet' | 'kubernetes.io/kubelet-serving'
  readonly names: Pick<CertificateRequest, 'commonName' | 'organizations' | 'dnsNames' | 'ipAddresses'>
  /** PEM. */
  readonly key: string
  /** Asked under a name that follows from key and names: whoever asks again after a restart finds the first question. */
  readonly stable?: boolean
}

/** How long somebody may take to approve, as upstream (ms). */
const patience = 15 * 60_000
/** Between two looks where the watch ends early, ms. */
const pause = 1_000

/** Asks, and waits until the request is approved and signed. @throws Error when it is denied, fails or nobody answers. */
export async function requestCertificate(
  client: Client,
  question: CertificateQuestion,
  signal: AbortSignal,
  clock: Clock,
): Promise<string> {
  const made = await ask(client, question, signal)
  const name = made.metadata?.name ?? ''
  const until = clock.now() + patience
  for (let known: CertificateSigningRequest | undefined = made; ; ) {
    const certificate = known === undefined ? undefined : answerOf(known, name)
    if (certificate !== undefined) return certificate
    if (clock.now() >= until)
      throw new Error(`certificate request ${name} was not signed: timed out waiting for the condition`)
    known = await next(client, name, made, signal)
    if (known === undefined) await sleep(pause, signal, clock)
    signal.throwIfAborted()
  }
}

async function ask(client: Client, { signerName, names, key, stable }: CertificateQuestion, signal: AbortSignal) {
  const request = await createRequest(key, names)
  const purpose = signerName === 'kubernetes.io/kubelet-serving' ? 'server auth' : 'client auth'
  const rsa = createPublicKey(key).asymmetricKeyType === 'rsa'
  const usages = [...(rsa ? ['key encipherment'] : []), 'digital signature', purpose]
  const name = stable ? `node-csr-${digest(signerName, names, key)}` : undefined
  const object = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: name === undefined ? { generateName: 'csr-' } : { name },
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages },
  }
  try {
    return await client.create<CertificateSigningRequest>(resources.certificateSigningRequests, object, { signal })
  } catch (error) {
    if (name === undefined || !isAlreadyExists(error)) throw error
    const present = await client.get<CertificateSigningRequest>(
      resources.certificateSigningRequests,
      { name },
      { signal },
    )
    if (present.spec.signerName !== signerName) throw error
    return present
  }
}

/** The request once it has changed; undefined when the watch told nothing new. */
async function next(client: Client, name: string, made: CertificateSigningRequest, signal: AbortSignal) {
  const now = await client.get<CertificateSigningRequest>(resources.certificateSigningRequests, { name }, { signal })
  if (now.metadata?.uid !== made.metadata?.uid) throw new Error(`csr ${JSON.stringify(name)} changed UIDs`)
  if (answerOf(now, name) !== undefined) return now
  const { resourceVersion } = now.metadata ?? {}
  const watch = client.watch<CertificateSigningRequest>(resources.certificateSigningRequests, {
    fieldSelector: `metadata.name=${name}`,
    timeoutSeconds: 60,
    signal,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  })
  for await (const { type, object } of watch) {
    if (type === 'DELETED') throw new Error(`csr ${JSON.stringify(name)} was deleted`)
    if (type === 'MODIFIED' && answerOf(object, name) !== undefined) return object
  }
  return undefined
}

/** @throws Error when the answer is no. */
function answerOf({ status }: CertificateSigningRequest, name: string): string | undefined {
  for (const { type, reason, message } of status?.conditions ?? []) {
    if (type === 'Denied')
      throw new Error(
        `certificate signing request ${name} is denied, reason: ${reason ?? ''}, message: ${message ?? ''}`,
      )
    if (type === 'Failed')
      throw new Error(`certificate signing request ${name} failed, reason: ${reason ?? ''}, message: ${message ?? ''}`)
  }
  const { certificate } = status ?? {}
  if (!certificate || !status?.conditions?.some(({ type }) => type === 'Approved')) return undefined
  return Buffer.from(certificate, 'base64').toString()
}

function digest(signerName: string, names: CertificateQuestion['names'], key: string): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const hash = createHash('sha512-256').update(publicKey)
  return hash.update(JSON.stringify([signerName, names.commonName, names.organizations])).digest('hex')
}
