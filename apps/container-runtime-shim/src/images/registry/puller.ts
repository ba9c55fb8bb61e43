import { chmod, mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { type Logger, type Running, running, UsageError } from '@kubets/component'
import { type Dial, describeDialError, directDial } from './dial.ts'

const { createServer } = process.getBuiltinModule('node:http')

export interface PullerOptions {
  /** Path of the unix socket, with or without `unix://`; readable by its owner only, since whoever reaches it dials as this process. */
  socket: string
  logger: Logger
  dial?: Dial
}

/** Connections at the same time; more are answered with 503, which ends that pull's try. */
const maxConnections = 128

/**
 * Dials registries on behalf of shims that live where the network does not reach out (a node's namespace). It passes
 * bytes: TLS ends in the shim, so credentials and trust are not this process's business.
 */
export async function startPuller(options: PullerOptions): Promise<Running> {
  const path = options.socket.replace(/^unix:(\/\/)?/, '')
  if (path === '') throw new UsageError('--listen is required: the path of a unix socket')
  if (Buffer.byteLength(path) > 107)
    throw new UsageError(`--listen: ${path} is longer than 107 bytes, the kernel's limit for unix sockets`)
  const dial = options.dial ?? directDial()
  const open = new Set<Duplex>()
  const ended = new AbortController()
  const server = createServer((_, response) => {
    response.writeHead(405, { allow: 'CONNECT' }).end('only CONNECT is served here\n')
  })
  server.on('connect', (request, client: Duplex) => {
    const target = parseAuthority(request.url ?? '')
    client.on('error', () => client.destroy())
    if (target === undefined) return client.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    if (open.size >= maxConnections) return client.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
    open.add(client)
    const gone = new AbortController()
    client.once('close', () => {
      open.delete(client)
      gone.abort()
    })
    dial(target, AbortSignal.any([gone.signal, ended.signal])).then(
      upstream => {
        options.logger.debug({ target: request.url }, 'Connected')
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.on('error', () => client.destroy())
        upstream.once('close', () => client.destroy())
        client.once('close', () => upstream.destroy())
        upstream.pipe(client).pipe(upstream)
      },
      (error: unknown) => {
        options.logger.info({ target: request.url, err: error }, 'Cannot connect')
        client.end(`HTTP/1.1 502 Bad Gateway\r\nx-dial-error: ${describeDialError(error)}\r\n\r\n`)
      },
    )
    return undefined
  })
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true })
  await using undo = new AsyncDisposableStack()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  undo.defer(async () => {
    ended.abort()
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    for (const client of open) client.destroy()
    await closed
    await rm(path, { force: true })
  })
  await chmod(path, 0o600)
  return running(undo.move())
}

function parseAuthority(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
