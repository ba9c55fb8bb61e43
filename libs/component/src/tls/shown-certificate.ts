import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

/** `[3]` of OpenSSL's `SSL_SESSION`: the certificate of the other side. */
const peer = 0xa3

/** The certificate, DER, that the other side of a connection has shown. Undefined: none. */
export function shownCertificate(socket: Pick<TLSSocket, 'getSession'>): Buffer | undefined {
  // null, in spite of its type, where the connection has ended
  const session = socket.getSession() ?? undefined
  if (session === undefined) return undefined
  const all = valueAt(session, 0)
  for (let at = all.from; at < all.to; ) {
    const { tag, from, to } = valueAt(session, at)
    if (tag === peer) return session.subarray(from, to)
    at = to
  }
  return undefined
}

/** What DER holds at this place, and where. */
function valueAt(der: Buffer, at: number): { tag: number; from: number; to: number } {
  const tag = der.readUInt8(at)
  const short = der.readUInt8(at + 1)
  if (short < 0x80) return { tag, from: at + 2, to: at + 2 + short }
  const from = at + 2 + (short & 0x7f)
  return { tag, from, to: from + der.readUIntBE(at + 2, short & 0x7f) }
}

/** Of the certificates, DER, with which the other side's own may be traced to an authority; among them such as only we know. Dear. */
export function chainOf(socket: Pick<TLSSocket, 'getPeerCertificate'>): Buffer[] {
  const chain: Buffer[] = []
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true) ?? undefined
  while (at !== undefined && chain.length < longest) {
    const above: DetailedPeerCertificate | undefined = at.issuerCertificate
    if (above === undefined || above === at) break
    chain.push(above.raw)
    at = above
  }
  return chain
}

/** A loop of authorities that have signed each other ends here. */
const longest = 16
