import { createSigningKey, issueCertificate } from '../certificates.ts'
import type { KeyAlgorithm, KeyPair } from '../contract.ts'
import { readIfThere, writeWhole } from '../pem-files.ts'
import type { AuthorityDefinition, CertificateDefinition, PkiPlan } from '../plan/contract.ts'
import { type Authority, createAuthority, readAuthority } from './authorities.ts'
import { certificateFault } from './certificate-fault.ts'
import { readCertificate, writeCertificate } from './stored-certificate.ts'

export interface IssueOptions {
  readonly keyAlgorithm: KeyAlgorithm
  /** Life of a certificate. */
  readonly days: number
}

export interface InitOptions extends IssueOptions {
  /** Life of an authority. */
  readonly authorityDays: number
}

export type InitStep =
  | { kind: 'authority'; authority: AuthorityDefinition; how: 'made' | 'kept' | 'external' }
  | { kind: 'certificate'; certificate: CertificateDefinition; how: 'made' | 'kept' }
  | { kind: 'service account keys'; how: 'made' | 'kept' }

/**
 * Makes all of a plan that is not there. What stands is kept if it will do, and never written over: the error says what is wrong with it.
 * Every fault is found before the first certificate is made.
 */
export async function initPki(
  plan: PkiPlan,
  options: InitOptions,
  report: (step: InitStep) => void = () => undefined,
): Promise<void> {
  const found = new Map<string, Authority | undefined>()
  for (const definition of plan.authorities) found.set(definition.name, await readAuthority(definition))
  const missing: CertificateDefinition[] = []
  const faults: string[] = []
  for (const certificate of plan.certificates) {
    const fault = await look(certificate, found.get(certificate.authority))
    if (fault === 'missing') missing.push(certificate)
    else if (fault !== undefined) faults.push(fault)
  }
  const accountKeys = await lookAtAccountKeys(plan.serviceAccounts)
  if (accountKeys !== 'missing' && accountKeys !== 'kept') faults.push(accountKeys)
  if (faults.length > 0) throw new Error(faults.join('\n'))

  const authorities = new Map<string, Authority>()
  for (const definition of plan.authorities) {
    const present = found.get(definition.name)
    const how = present === undefined ? 'made' : present.key === undefined ? 'external' : 'kept'
    const made = present ?? (await createAuthority(definition, { ...options, days: options.authorityDays }))
    authorities.set(definition.name, made)
    report({ kind: 'authority', authority: definition, how })
  }
  for (const certificate of plan.certificates) {
    const how = missing.includes(certificate) ? 'made' : 'kept'
    if (how === 'made') {
      const { cert, key } = authorities.get(certificate.authority) as Authority
      const pair = await issueCertificate({ cert, key: key as string }, { ...certificate.request, ...options })
      await writeCertificate(certificate, pair, cert)
    }
    report({ kind: 'certificate', certificate, how })
  }
  if (accountKeys === 'missing') await makeAccountKeys(plan.serviceAccounts, options.keyAlgorithm)
  report({ kind: 'service account keys', how: accountKeys === 'missing' ? 'made' : 'kept' })
}

/** What is wrong with a certificate: it is missing and can be made (`missing`), or a sentence. */
async function look(
  certificate: CertificateDefinition,
  authority: Authority | undefined,
): Promise<string | 'missing' | undefined> {
  const where = certificate.files === undefined ? certificate.kubeconfig?.path : `${certificate.files}.crt`
  let pair: KeyPair | undefined
  try {
    pair = await readCertificate(certificate)
  } catch (error) {
    return (error as Error).message
  }
  if (pair === undefined)
    return authority === undefined || authority.key !== undefined
      ? 'missing'
      : `${where} is missing, and ${authority.definition.files}.key to issue it is not there: have the external authority ${authority.definition.name} issue it`
  if (authority === undefined)
    return `${where} stands, but its authority ${certificate.authority} does not: restore the authority, or remove what it has issued`
  const fault = certificateFault(pair, authority.cert, certificate.request, Date.now())
  return fault === undefined
    ? undefined
    : `${where} exists but will not do: ${fault}; 'kubets pki issue ${certificate.name} --overwrite' makes a new one`
}

async function lookAtAccountKeys(files: string): Promise<string | 'missing' | 'kept'> {
  const [key, publicKey] = await Promise.all([readIfThere(`${files}.key`), readIfThere(`${files}.pub`)])
  // who only verifies has the public key alone
  if (publicKey !== undefined) return 'kept'
  return key === undefined
    ? 'missing'
    : `${files}.key stands without ${files}.pub: restore it ('openssl pkey -in ${files}.key -pubout -out ${files}.pub')`
}

async function makeAccountKeys(files: string, keyAlgorithm: KeyAlgorithm): Promise<void> {
  const made = await createSigningKey(keyAlgorithm)
  await writeWhole(`${files}.key`, made.key, 0o600)
  await writeWhole(`${files}.pub`, made.publicKey, 0o644)
}
