import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { cutOff } from './cut-off.ts'
import { freePorts } from './free-ports.ts'

const nft = (...args: string[]) => execFileSync('nft', args, { encoding: 'utf8' })

/** A process that has ended. */
const ended = () => Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))

/** Two members of which one is cut off. */
async function cutMember() {
  const [client = 0, peer = 0, client2 = 0, peer2 = 0] = await freePorts(4)
  const own = { name: 'one', client, peer }
  return { own, cut: cutOff(own, [{ name: 'two', client: client2, peer: peer2 }]) }
}

test("a stranger whose local port is a cut-off member's gets through", async () => {
  const server = createServer(socket => socket.end('answered')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { own, cut } = await cutMember()
  using _ = cut
  const { port } = server.address() as AddressInfo
  const stranger = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.3', localPort: own.peer })
  stranger.setTimeout(10_000, () => stranger.destroy(new Error('nobody answers')))
  const [said] = await once(stranger, 'data')
  expect(String(said)).toBe('answered')
  stranger.destroy()
  server.close()
})

test('the tables of tests that were killed go, those of others stay', async () => {
  const left = `kubets_etcd_${ended()}_1`
  const others = `kubets_etcd_${process.ppid}_1`
  for (const table of [left, others]) nft('add', 'table', 'inet', table)
  try {
    const { own, cut } = await cutMember()
    const mine = `kubets_etcd_${process.pid}_${own.client}`
    const during = nft('list', 'tables')
    cut[Symbol.dispose]()
    const after = nft('list', 'tables')
    const among = (text: string) => [left, others, mine].map(table => text.includes(`inet ${table}\n`))
    expect([among(during), among(after)]).toEqual([
      [false, true, true],
      [false, true, false],
    ])
  } finally {
    nft('delete', 'table', 'inet', others)
  }
})
