import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { connect, createServer, isIP, type Socket } from 'node:net'
import type { NetworkPlan } from '../network/index.ts'

/**
 * Names for nodes and their pods. A laptop's resolver often listens on loopback (127.0.0.53), where no pod reaches it; so
 * the host forwards DNS on its address in the nodes' network, and a node's `resolv.conf` names that one.
 */
export async function nodeResolvConf(plan: NetworkPlan): Promise<string> {
  const { options } = await readResolvConf()
  return [`nameserver ${plan.hostAddress}`, ...options, ''].join('\n')
}

/** The host's own resolvers, in its order, and its `search` and `options` lines. Nothing when it has none. */
export async function readResolvConf(path = '/etc/resolv.conf'): Promise<{ servers: string[]; options: string[] }> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.split('\n').map(line => line.trim())
  const servers = lines.map(line => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
  return {
    servers: servers.filter(server => isIP(server) !== 0),
    options: lines.filter(line => /^(search|options)\s/.test(line)),
  }
}

export interface DnsForwarderOptions {
  /** Where to listen, over UDP and TCP. */
  address: string
  /** Default 53. 0 takes a free one. */
  port?: number
  /** The servers to ask, best first, read anew for each query: laptops change networks. */
  servers(): Promise<readonly string[]>
  /** Default 53. */
  serverPort?: number
  /** At most so many queries wait for an answer; further ones are dropped, and resolvers ask again. Default 1,000. */
  bound?: number
  /** How long one server may take, in ms; then the next is asked. Default 2,000. */
  patience?: number
}

export interface DnsForwarder extends AsyncDisposable {
  readonly port: number
}

/** The forwarder on the host's address. Where a server of the host's own listens on all addresses, that one answers there. */
export async function startNodeDns(plan: NetworkPlan): Promise<AsyncDisposable> {
  try {
    return await startDnsForwarder({ address: plan.hostAddress, servers: async () => (await readResolvConf()).servers })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return new AsyncDisposableStack()
    throw error
  }
}

/** Passes DNS on as it is: answers, truncation and all else are the server's. No error of a peer goes further than its query. */
export async function startDnsForwarder(options: DnsForwarderOptions): Promise<DnsForwarder> {
  const { address, servers, port = 53, serverPort = 53, bound = 1_000, patience = 2_000 } = options
  await using undo = new AsyncDisposableStack()
  const end = new AbortController()

  const socket = createSocket('udp4')
  undo.defer(() => new Promise<void>(resolve => socket.close(() => resolve())))
  let waiting = 0
  const answer = async (query: Buffer, from: { port: number; address: string }) => {
    for (const server of await servers()) {
      const reply = await ask(server, serverPort, query, AbortSignal.any([end.signal, AbortSignal.timeout(patience)]))
      if (end.signal.aborted) return
      if (reply === undefined) continue
      return socket.send(reply, from.port, from.address, () => undefined)
    }
  }
  socket.on('message', (query, from) => {
    if (waiting >= bound) return
    waiting++
    answer(query, from)
      .catch(() => undefined)
      .finally(() => waiting--)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, resolve)
  })
  socket.on('error', () => undefined)

  const open = new Set<Socket>()
  const keep = (connection: Socket) => {
    open.add(connection)
    connection.on('error', () => connection.destroy())
    connection.once('close', () => open.delete(connection))
    connection.setTimeout(30_000, () => connection.destroy())
    return connection
  }
  const listener = createServer({ allowHalfOpen: true }, client => {
    keep(client)
    forwardConnection(client).catch(() => client.destroy())
  })
  const forwardConnection = async (client: Socket) => {
    for (const server of await servers()) {
      const remote = await dial(server, serverPort, patience)
      if (remote === undefined) continue
      if (client.destroyed || end.signal.aborted) return void remote.destroy()
      keep(remote).once('close', () => client.destroy())
      client.once('close', () => remote.destroy())
      client.pipe(remote).pipe(client)
      return
    }
    client.destroy()
  }
  listener.maxConnections = 100
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(socket.address().port, address, resolve)
  })
  listener.on('error', () => undefined)
  undo.defer(async () => {
    end.abort()
    const closed = new Promise<void>(resolve => listener.close(() => resolve()))
    for (const connection of open) connection.destroy()
    await closed
  })
  const listening = socket.address().port
  const stack = undo.move()
  return { port: listening, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** One server's answer; undefined when it gives none in time. */
function ask(server: string, port: number, query: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const asker = createSocket(isIP(server) === 6 ? 'udp6' : 'udp4')
    let over = false
    const done = (reply?: Buffer) => {
      if (over) return
      over = true
      signal.removeEventListener('abort', giveUp)
      asker.close()
      resolve(reply)
    }
    const giveUp = () => done()
    signal.addEventListener('abort', giveUp)
    asker.on('error', giveUp)
    asker.on('message', done)
    // connected: only the server's own answer is taken, and a server that is not there says so at once
    asker.once('connect', () => {
      if (!over) asker.send(query, error => error && done())
    })
    asker.connect(port, server)
    if (signal.aborted) done()
  })
}

/** A connection to the server; undefined when there is none in time. */
function dial(server: string, port: number, patience: number): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const remote = connect({ port, host: server, timeout: patience, allowHalfOpen: true })
    const fail = () => {
      remote.destroy()
      resolve(undefined)
    }
    remote.once('error', fail).once('timeout', fail)
    remote.once('connect', () => {
      remote.off('error', fail).off('timeout', fail)
      resolve(remote)
    })
  })
}
