import type { WebSocket } from 'ws'
import { dial, type ProxyTarget } from '../proxy/target.ts'
import { UpgradeRefused } from './upgrade.ts'

/** Opens a WebSocket with one of the subprotocols (none: the server's `''`). Throws {@link UpgradeRefused} when the server declines. */
export async function dialWebSocket(
  target: ProxyTarget,
  protocols: readonly string[],
): Promise<{ socket: WebSocket; protocol: string }> {
  const { WebSocket } = await import('ws')
  const connection = await dial(target)
  const url = new URL(target.url)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      // ws knows no names with a slash (SPDY/3.1+…), so the header is ours in both directions
      headers: { ...target.headers, ...(protocols.length > 0 && { 'Sec-WebSocket-Protocol': protocols.join(', ') }) },
      createConnection: () => connection,
      perMessageDeflate: false,
      maxPayload: 32 * 1024 * 1024,
    })
    let protocol = ''
    socket.once('upgrade', response => {
      protocol = response.headers['sec-websocket-protocol'] ?? ''
      delete response.headers['sec-websocket-protocol']
      // messages that came with the answer wait for whoever listens after this promise
      socket.once('open', () => {
        socket.pause()
        socket.off('error', reject)
        socket.on('error', () => undefined)
        resolve({ socket, protocol })
        queueMicrotask(() => queueMicrotask(() => socket.resume()))
      })
    })
    socket.on('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        if (body.length < 64 * 1024) body += text
      })
      response.on('end', () => {
        connection.destroy()
        reject(new UpgradeRefused(response.statusCode ?? 0, body))
      })
    })
  })
}
