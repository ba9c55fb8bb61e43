import { humanDuration } from '@kubets/apimachinery'
import type { CertificateSigningRequest } from '../../types.ts'

export function cells({ spec, status }: CertificateSigningRequest): [string, string, string, string] {
  const { signerName, username = '', expirationSeconds } = spec ?? {}
  const types = new Set(status?.conditions?.map(({ type }) => type))
  const words = [types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending']
  if (types.has('Failed')) words.push('Failed')
  if (status?.certificate) words.push('Issued')
  const duration = expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000)
  return [signerName || '<none>', username, duration, words.join(',')]
}
