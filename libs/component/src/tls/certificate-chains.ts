import { type Server, TLSSocket } from 'node:tls'

interface Handle {
  getPeerX509Certificate?(): unknown
  isSessionReused(): boolean
}
interface Internals {
  _handle: Handle | null | undefined
  server?: Server
  _finishInit(): void
}

const servers = new WeakSet<Server>()
let changed = false

/**
 * At the end of a server's handshake Node 24 reads the client's certificate with those that came along, only to see whether there is one. The certificates that came along are
 * never freed: 2 KB and more each, so that whoever connects again and again takes all our memory. There is one where none was missed, and no session was resumed: that
 * is what this server sees now. `getPeerX509Certificate` itself does the same at its first call; {@link shownCertificate} does not.
 */
export function keepChains(server: Server): void {
  servers.add(server)
  if (changed) return
  changed = true
  const prototype = TLSSocket.prototype as unknown as Internals
  const finish = prototype._finishInit
  prototype._finishInit = function () {
    const handle = this._handle
    // one that has ended meanwhile has none
    if (!handle || this.server === undefined || !servers.has(this.server)) return finish.call(this)
    handle.getPeerX509Certificate = hasCertificate
    try {
      finish.call(this)
    } finally {
      delete handle.getPeerX509Certificate
    }
  }
}

function hasCertificate(this: Handle): boolean {
  if (!this.isSessionReused()) return true
  const { getPeerX509Certificate } = Object.getPrototypeOf(this) as Required<Handle>
  return getPeerX509Certificate.call(this) !== undefined
}
