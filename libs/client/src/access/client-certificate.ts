import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { User } from './user.ts'

/**
 * Whom the client certificate names: common name and organizations. 'refused' where it is not of our authorities, or has run out by now: a connection may
 * outlive it. Undefined: there is none.
 */
export function certificateUser(socket: TLSSocket, now: number): User | 'refused' | undefined {
  const certificate = socket.getPeerCertificate() as PeerCertificate | Record<string, never>
  const subject = certificate.subject as Record<string, string | string[] | undefined> | undefined
  if (subject === undefined) return undefined
  if (!socket.authorized || Date.parse(certificate.valid_to) < now) return 'refused'
  const name = [subject.CN ?? ''].flat()[0] ?? ''
  if (name === '') return 'refused'
  return { name, groups: [...[subject.O ?? []].flat(), 'system:authenticated'] }
}
