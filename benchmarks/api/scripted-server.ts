import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import type { Target } from './target.ts'

export interface ScriptedServer extends AsyncDisposable {
  readonly target: Target
}

/** For tests of the client: a TLS server that does with each connection what it is told to, and knows nothing of HTTP. */
export async function startScriptedServer(serve: (socket: TLSSocket) => void): Promise<ScriptedServer> {
  const authority = await createCertificateAuthority('scripted')
  const { cert, key } = await issueCertificate(authority, {
    commonName: 'scripted-server',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const open = new Set<TLSSocket>()
  const server = createServer({ cert, key }, socket => {
    open.add(socket)
    // it ends connections, and clients do
    socket.on('error', () => undefined).on('close', () => open.delete(socket))
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca: authority.cert },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

/** Tells `request` of the first bytes of each request that comes; none has a body. */
export function onRequests(socket: TLSSocket, request: (line: string) => void): void {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
      const line = text.slice(0, text.indexOf('\r\n'))
      text = text.slice(end + 4)
      request(line)
    }
  })
}
