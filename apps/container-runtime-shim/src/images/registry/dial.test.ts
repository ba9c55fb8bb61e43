import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directDial } from './dial.ts'

/** Says its port to everyone who connects. */
const target = createTcpServer(socket => socket.end('target'))
const asked: string[] = []
/** Sends every tunnel to the target, whatever name it is for; wants a password. */
const proxy = createServer()
const open = new Set<Socket>()
proxy.on('connect', (request, client: Socket) => {
  asked.push(request.url ?? '')
  open.add(client)
  if (request.headers['proxy-authorization'] !== `Basic ${Buffer.from('me:p@ss').toString('base64')}`) {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    return
  }
  const upstream = connect(portOf(target), '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.pipe(client).pipe(upstream)
  })
})
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port

beforeAll(async () => {
  for (const server of [target, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  for (const socket of open) socket.destroy()
  for (const server of [target, proxy]) await new Promise(resolve => server.close(resolve))
})

const never = new AbortController().signal
const textOf = async (socket: Socket) => {
  let text = ''
  for await (const part of socket) text += String(part)
  return text
}

describe('dialling a registry', () => {
  it('goes through the proxy that the environment names, with its password', async () => {
    const dial = directDial({
      HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${portOf(proxy)}`,
      NO_PROXY: 'elsewhere.example',
    })
    expect(await textOf(await dial({ host: 'registry.invalid', port: 443 }, never))).toBe('target')
    expect(asked.at(-1)).toBe('registry.invalid:443')
    const refused = directDial({ https_proxy: `127.0.0.1:${portOf(proxy)}` })
    await expect(refused({ host: 'registry.invalid', port: 443 }, never)).rejects.toThrow(
      'the proxy refused the connection: status 407',
    )
  })

  it('leaves loopback and what NO_PROXY names to itself', async () => {
    const before = asked.length
    const HTTPS_PROXY = `http://127.0.0.1:${portOf(proxy)}`
    const local = directDial({ HTTPS_PROXY })
    expect(await textOf(await local({ host: '127.0.0.1', port: portOf(target) }, never))).toBe('target')
    for (const NO_PROXY of ['*', 'registry.invalid', 'a, .invalid', 'invalid', 'registry.invalid:443'])
      await expect(
        directDial({ HTTPS_PROXY, NO_PROXY })({ host: 'registry.invalid', port: 443 }, never),
      ).rejects.toThrow('getaddrinfo')
    expect(asked.length).toBe(before)
  })

  it('ends when it is told to', async () => {
    const abort = new AbortController()
    abort.abort(new Error('the user has gone'))
    await expect(directDial({})({ host: '127.0.0.1', port: portOf(target) }, abort.signal)).rejects.toThrow(
      'the user has gone',
    )
  })
})
