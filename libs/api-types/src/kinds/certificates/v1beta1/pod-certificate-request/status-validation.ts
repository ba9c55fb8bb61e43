import { KeyObject } from 'node:crypto'
import { type FieldError, field, semanticEqual } from '@kubets/apimachinery'
import { validateConditions } from '../../../validation/conditions.ts'
import type { PodCertificateRequest } from '../../types.ts'
import { type Certificate, parseCertificate } from '../../x509/certificate.ts'
import { type PemBlock, readPem } from '../../x509/pem.ts'
import { invalidWithoutValue } from './public-key.ts'
import { parsedKey, parsedStub } from './validation.ts'

type Status = NonNullable<PodCertificateRequest['status']>

const outcomes = ['Issued', 'Denied', 'Failed']
const maxChain = 100 * 1024
const minute = 60_000
const chainPath = 'status.certificateChain'

const has = (status: Status | undefined, type: string) =>
  status?.conditions?.some(condition => condition.type === type && condition.status === 'True') === true

/** A request is answered once: issued with a fitting chain, denied or failed. */
export function validateStatusChange(
  { spec, status = {} }: PodCertificateRequest,
  old: PodCertificateRequest,
  now: number,
): FieldError[] {
  const errors = [...validateOutcomes(status), ...validateConditions(status.conditions, 'status.conditions')]
  if (errors.length > 0) return errors
  const unchanged = (wanted: Status | undefined, detail: string) =>
    semanticEqual(status, wanted) ? [] : [invalidWithoutValue('status', detail)]
  if (outcomes.some(type => has(old.status, type))) {
    return unchanged(old.status, 'immutable after PodCertificateRequest is issued, denied, or failed')
  }
  if (has(status, 'Denied') || has(status, 'Failed')) {
    const { conditions } = status
    const bare = conditions === undefined ? {} : { conditions }
    return unchanged(
      bare,
      'non-condition status fields must be empty when denying or failing the PodCertificateRequest',
    )
  }
  if (!has(status, 'Issued')) {
    return unchanged(old.status, 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"')
  }
  return validateIssued(status, old.spec, spec.maxExpirationSeconds ?? 0, now)
}

function validateOutcomes({ conditions = [] }: Status): FieldError[] {
  let known = 0
  return conditions.flatMap(({ type, status }, i) => {
    // upstream has a dot before the index here
    const at = `status.conditions.[${i}]`
    if (!outcomes.includes(type)) return [field.notSupported(`${at}.type`, type, outcomes)]
    const errors: FieldError[] = []
    known++
    if (known > 1) {
      const text = 'There may be at most one condition with type "Issued", "Denied", or "Failed"'
      errors.push(field.invalid(`${at}.type`, type, text))
    }
    if (status !== 'True') errors.push(field.notSupported(`${at}.status`, status, ['True']))
    return errors
  })
}

function validateIssued(
  status: Status,
  asked: PodCertificateRequest['spec'],
  maxSeconds: number,
  now: number,
): FieldError[] {
  const { certificateChain: chain = '' } = status
  if (Buffer.byteLength(chain) > maxChain) return [field.tooLong(chainPath, maxChain)]
  const [first, ...rest] = readPem(chain)
  const refuse = (text: string) => [field.invalid(chainPath, chain, text)]
  if (first === undefined) return refuse('issued certificate chain must contain at least one certificate')
  if (first.type !== 'CERTIFICATE') {
    return refuse('issued certificate chain must consist entirely of CERTIFICATE PEM blocks')
  }
  const leaf = parsed(first)
  if (leaf === undefined) return refuse('leaf certificate does not parse as valid X.509')
  const errors = validateNames(leaf)
  const wanted = wantedKey(asked)
  if (!(wanted instanceof KeyObject)) return [...errors, wanted]
  if (!wanted.equals(leaf.publicKey)) {
    return [...errors, ...refuse('leaf certificate was not issued to the requested public key')]
  }
  const untimely = [...errors, ...validateTimes(status, leaf, maxSeconds, now)]
  if (untimely.length > errors.length || errors.length > 0) return untimely
  for (const block of rest) {
    // upstream misspells the word here
    if (block.type !== 'CERTIFICATE') {
      return refuse('issued certificate chain must consist entirely of CERTFICATE PEM blocks')
    }
    if (parsed(block) === undefined) return refuse('intermediate certificate does not parse as valid X.509')
  }
  return []
}

function parsed({ bytes }: PemBlock): Certificate | undefined {
  try {
    return parseCertificate(bytes)
  } catch {
    return undefined
  }
}

function validateNames({ dnsNames, emailAddresses }: Certificate): FieldError[] {
  const errors: FieldError[] = []
  for (const name of dnsNames) {
    const refuse = (text: string) => errors.push(field.invalid(chainPath, name, text))
    if (name === '') refuse('leaf certificate should not contain empty DNSName')
    if (name.includes('..')) refuse("leaf certificate's DNSName should not contain '..'")
    if (name.startsWith('.') || name.endsWith('.')) {
      refuse("leaf certificate's DNSName should not start or end with '.'")
    }
  }
  for (const address of emailAddresses) {
    if (!/^[^\s@<>]+@[^\s@<>]+$/.test(address)) {
      errors.push(field.invalid(chainPath, address, 'leaf certificate should not contain invalid EmailAddress'))
    }
  }
  return errors
}

function wantedKey({ stubPKCS10Request, pkixPublicKey }: PodCertificateRequest['spec']) {
  if (stubPKCS10Request) {
    const request = parsedStub(Buffer.from(stubPKCS10Request, 'base64'))
    return request?.publicKey ?? invalidWithoutValue('spec.stubPKCS10Request', 'must be a valid PKCS#10 CSR')
  }
  const key = parsedKey(Buffer.from(pkixPublicKey ?? '', 'base64'))
  return key ?? invalidWithoutValue('spec.pkixPublicKey', 'must be a valid PKIX-serialized public key')
}

/** The times of the status are those of the certificate, and leave room for a refresh. */
function validateTimes(status: Status, leaf: Certificate, maxSeconds: number, now: number): FieldError[] {
  const { notBefore, notAfter, beginRefreshAt } = status
  const missing: FieldError[] = []
  const consistent = 'must be present and consistent with the issued certificate'
  if (!notBefore) missing.push(field.required('status.notBefore', consistent))
  if (!notAfter) missing.push(field.required('status.notAfter', consistent))
  if (!beginRefreshAt) {
    const text = 'must be present and in the range [notbefore+10min, notafter-10min]'
    missing.push(field.required('status.beginRefreshAt', text))
  }
  if (!notBefore || !notAfter || !beginRefreshAt) return missing
  const refuse = (part: string, value: unknown, text: string) => [field.invalid(`status.${part}`, value, text)]
  const [begin, end, refresh] = [Date.parse(notBefore), Date.parse(notAfter), Date.parse(beginRefreshAt)]
  if (begin !== leaf.notBefore) {
    return refuse('notBefore', notBefore, 'must be set to the NotBefore time encoded in the leaf certificate')
  }
  if (Math.abs(begin - now) >= 5 * minute) {
    return refuse('notBefore', notBefore, "must be set to within 5 minutes of kube-apiserver's current time")
  }
  if (end !== leaf.notAfter) {
    return refuse('notAfter', notAfter, 'must be set to the NotAfter time encoded in the leaf certificate')
  }
  const lifetime = end - begin
  // Go prints a duration as nanoseconds
  const nanoseconds = BigInt(lifetime) * 1_000_000n
  if (lifetime < 60 * minute)
    return refuse('certificateChain', nanoseconds, 'leaf certificate lifetime must be >= 1 hour')
  if (lifetime > maxSeconds * 1000) {
    const text = `leaf certificate lifetime must be <= spec.maxExpirationSeconds (${maxSeconds})`
    return refuse('certificateChain', nanoseconds, text)
  }
  if (refresh < begin + 10 * minute) {
    return refuse('beginRefreshAt', beginRefreshAt, 'must be at least 10 minutes after status.notBefore')
  }
  if (refresh > end - 10 * minute) {
    return refuse('beginRefreshAt', beginRefreshAt, 'must be at least 10 minutes before status.notAfter')
  }
  return []
}
