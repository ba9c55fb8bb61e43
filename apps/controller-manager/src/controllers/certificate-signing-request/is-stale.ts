import { X509Certificate } from 'node:crypto'
import type { CertificateSigningRequest } from '@kubets/api-types'

const hour = 3_600_000
const day = 24 * hour

/** Nobody needs the request any more: decided an hour ago, waiting for a day, or its certificate is over. Pure. */
export function isStale({ metadata, status }: CertificateSigningRequest, now: number): boolean {
  const conditions = status?.conditions ?? []
  const certificate = status?.certificate ?? ''
  const older = (time: string | undefined, ms: number) => time !== undefined && now - Date.parse(time) > ms
  if (conditions.length === 0) return older(metadata?.creationTimestamp, day)
  return conditions.some(({ type, lastUpdateTime }) => {
    if (type === 'Denied' || type === 'Failed') return older(lastUpdateTime, hour)
    if (type !== 'Approved') return false
    if (certificate === '') return older(lastUpdateTime, day)
    return older(lastUpdateTime, hour) || isExpired(certificate, now)
  })
}

function isExpired(base64: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo) < now
  } catch {
    return false // what cannot be read goes when its hour is over
  }
}
