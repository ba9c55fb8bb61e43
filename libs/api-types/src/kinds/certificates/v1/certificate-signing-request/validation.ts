import { append, type FieldError, field, goQuote, semanticEqual } from '@kubets/apimachinery'
import { internalForm } from '../../../validation/internal-form.ts'
import { unifiedDiff } from '../../../validation/unified-diff.ts'
import { validateSignerName } from '../../signer-name.ts'
import type { CertificateSigningRequest } from '../../types.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { parseCertificateRequest } from '../../x509/certificate-request.ts'
import { readPem } from '../../x509/pem.ts'
import type { Condition } from './condition-times.ts'

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
const legacySigner = 'kubernetes.io/legacy-unknown'
const decisions = ['Approved', 'Denied', 'Failed']
const statuses = ['False', 'True', 'Unknown']

const text = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString('latin1')

/** Why the request is no signed PKCS#10 request in PEM. */
function requestError(base64: string | undefined): string | undefined {
  const [block] = readPem(text(base64))
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST'
  try {
    return parseCertificateRequest(block.bytes).signatureError()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Why these are not certificates in PEM. */
function certificateError(base64: string | undefined): string | undefined {
  if (!base64) return undefined
  const blocks = readPem(text(base64))
  for (const { type, headers, bytes } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${goQuote(type)}`
    if (headers > 0) return 'no PEM block headers are permitted'
    if (bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates'
    try {
      parseCertificate(bytes)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined
}

const duplicates = <T>(list: readonly T[]) => list.length !== new Set(list).size
const typesOf = (object: CertificateSigningRequest | undefined) =>
  (object?.status?.conditions ?? []).map(({ type }) => type)

/** What an object may keep that was stored before today's rules: everything about `old` that already breaks one. */
export function validateRequest(object: CertificateSigningRequest, old?: CertificateSigningRequest): FieldError[] {
  const { spec, status } = object
  const errors: FieldError[] = []
  const wrong = requestError(spec.request)
  if (wrong !== undefined) errors.push(field.invalid('spec.request', spec.request ?? null, wrong))
  append(errors, validateUsages(spec.usages ?? [], old?.spec.usages))
  const { signerName = '', expirationSeconds } = spec
  if (signerName === legacySigner && old?.spec.signerName !== legacySigner) {
    const refused = 'the legacy signerName is not allowed via this API version'
    errors.push(field.invalid('spec.signerName', signerName, refused))
  } else append(errors, validateSignerName(signerName, 'spec.signerName'))
  if (expirationSeconds !== undefined && expirationSeconds < 600) {
    const refused = 'may not specify a duration less than 600 seconds (10 minutes)'
    errors.push(field.invalid('spec.expirationSeconds', expirationSeconds, refused))
  }
  append(errors, validateConditions(status?.conditions ?? [], old))
  const before = old?.status?.certificate
  const free = old !== undefined && (same(status?.certificate, before) || certificateError(before) !== undefined)
  const problem = free ? undefined : certificateError(status?.certificate)
  if (problem !== undefined) errors.push(field.invalid('status.certificate', '<certificate data>', problem))
  return errors
}

const same = (a: string | undefined, b: string | undefined) => (a ?? '') === (b ?? '')

function validateUsages(list: readonly string[], old: readonly string[] | undefined): FieldError[] {
  const errors: FieldError[] = list.length === 0 ? [field.required('spec.usages')] : []
  if (!old?.some(usage => !usages.includes(usage))) {
    list.forEach((usage, i) => {
      if (!usages.includes(usage)) errors.push(field.notSupported(`spec.usages[${i}]`, usage, usages))
    })
  }
  if (old === undefined || !duplicates(old)) {
    list.forEach((usage, i) => {
      if (list.indexOf(usage) < i) errors.push(field.duplicate(`spec.usages[${i}]`, usage))
    })
  }
  return errors
}

function validateConditions(
  conditions: readonly Condition[],
  old: CertificateSigningRequest | undefined,
): FieldError[] {
  const path = 'status.conditions'
  const oldTypes = typesOf(old)
  const bothAllowed = oldTypes.includes('Approved') && oldTypes.includes('Denied')
  const seen = new Set<string>()
  return conditions.flatMap(({ type = '', status = '' }, i) => {
    const errors: FieldError[] = []
    const at = `${path}[${i}]`
    if (type === '' && !oldTypes.includes('')) errors.push(field.required(`${at}.type`))
    const allowed = decisions.includes(type) ? ['True'] : statuses
    if (status === '') errors.push(field.required(`${at}.status`))
    else if (!allowed.includes(status)) errors.push(field.notSupported(`${at}.status`, status, allowed))
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined
    if (!bothAllowed && opposite !== undefined && seen.has(opposite)) {
      errors.push(field.invalid(path, type, 'Approved and Denied conditions are mutually exclusive'))
    }
    if (seen.has(type) && !duplicates(oldTypes)) errors.push(field.duplicate(`${at}.type`, type))
    seen.add(type)
    return errors
  })
}

/** Decisions are made through `/approval`, the certificate is set through `/status`, once; nothing is taken back. */
export function validateRequestChange(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
  subresource: string,
): FieldError[] {
  const errors: FieldError[] = []
  const forbid = (detail: string, part = 'conditions') => errors.push(field.forbidden(`status.${part}`, detail))
  const of = (from: CertificateSigningRequest, type: string) =>
    (from.status?.conditions ?? []).filter(condition => condition.type === type)
  for (const type of decisions) {
    if (of(object, type).length < of(old, type).length) {
      forbid(`updates may not remove a condition of type ${goQuote(type)}`)
    }
  }
  for (const type of subresource === 'approval' ? [] : ['Approved', 'Denied']) {
    const [now, before] = [of(object, type), of(old, type)]
    if (now.length > before.length) forbid(`updates may not add a condition of type ${goQuote(type)}`)
    else if (now.length === before.length && !semanticEqual(now, before)) {
      const changes = unifiedDiff(before.map(internalCondition), now.map(internalCondition))
      forbid(`updates may not modify a condition of type ${goQuote(type)}\n${changes}`)
    }
  }
  const [certificate, before] = [object.status?.certificate, old.status?.certificate]
  if (same(certificate, before)) return errors
  if (subresource !== 'status') forbid('updates may not set certificate content', 'certificate')
  else if (before) forbid('updates may not modify existing certificate content', 'certificate')
  return errors
}

const internalCondition = (condition: unknown) =>
  internalForm('io.k8s.api.certificates.v1.CertificateSigningRequestCondition', condition)
