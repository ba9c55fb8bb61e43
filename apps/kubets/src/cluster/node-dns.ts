import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { connect, createServer, isIP } from 'node:net'
import type { NetworkPlan } from '../network/index.ts'

/**
 * Names for nodes and their pods. A laptop's resolver often listens on loopback (127.0.0.53), where no pod reaches it; so
 * the host forwards DNS on its address in the nodes' network, and a node's `resolv.conf` names that one.
 */
export async function nodeResolvConf(plan: NetworkPlan): Promise<string> {
  const { options } = await hostResolver()
  return [`nameserver ${plan.hostAddress}`, ...options, ''].join('\n')
}

async function hostResolver(): Promise<{ servers: string[]; options: string[] }> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '')
  const lines = text.split('\n').map(line => line.trim())
  const servers = lines.filter(line => line.startsWith('nameserver ')).map(line => line.split(/\s+/)[1] ?? '')
  return {
    servers: servers.filter(server => isIP(server) !== 0),
    options: lines.filter(line => /^(search|options) /.test(line)),
  }
}

/** At most so many queries wait for an answer; further ones are dropped, and resolvers ask again. */
const bound = 1_000
const answerWithin = 5_000

export async function startNodeDns(plan: NetworkPlan): Promise<AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  const upstream = async () => (await hostResolver()).servers[0]

  const socket = createSocket('udp4')
  let waiting = 0
  socket.on('message', async (query, from) => {
    const server = await upstream()
    if (server === undefined || waiting >= bound) return
    waiting++
    const asker = createSocket(isIP(server) === 6 ? 'udp6' : 'udp4')
    const done = () => {
      clearTimeout(timer)
      waiting--
      asker.close()
    }
    const timer = setTimeout(done, answerWithin)
    asker.once('error', done)
    asker.once('message', answer => {
      socket.send(answer, from.port, from.address)
      done()
    })
    asker.send(query, 53, server)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(53, plan.hostAddress, resolve)
  })
  socket.on('error', () => undefined)
  undo.defer(() => new Promise<void>(resolve => socket.close(() => resolve())))

  const server = createServer(async client => {
    client.on('error', () => client.destroy())
    const name = await upstream()
    if (name === undefined) return void client.destroy()
    const remote = connect(53, name)
    remote.on('error', () => client.destroy())
    client.on('close', () => remote.destroy())
    client.pipe(remote).pipe(client)
  })
  server.maxConnections = 100
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(53, plan.hostAddress, resolve)
  })
  undo.defer(() => new Promise<void>(resolve => server.close(() => resolve())))
  return undo.move()
}
