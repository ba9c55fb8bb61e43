import { expect, test } from 'vitest'
import { createTokenClients } from './client.ts'
import { resources } from './resources.ts'
import { startTestServer } from './test-server.ts'

test('clients of several identities share a connection and show each their own token', async () => {
  await using server = await startTestServer(request => request.json(200, { items: [] }))
  await using clients = createTokenClients({ server: server.url, token: 'of the process' })
  const refused: string[] = []
  const as = (name: string) =>
    clients.as({ token: () => (name === 'b' ? Promise.resolve(name) : name), refused: () => refused.push(name) })
  const [a, b] = [as('a'), as('b')]
  await a.list(resources.pods)
  await b.list(resources.pods)
  await a[Symbol.asyncDispose]()
  // the end of one is not the end of the connection
  await b.list(resources.pods)
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer a', 'Bearer b', 'Bearer b'])
  expect([server.sessions.size, refused]).toEqual([1, []])
})

test('a token that the server does not know is told to its source', async () => {
  await using server = await startTestServer(request =>
    request.json(401, {
      kind: 'Status',
      status: 'Failure',
      reason: 'Unauthorized',
      code: 401,
      message: 'Unauthorized',
    }),
  )
  await using clients = createTokenClients({ server: server.url })
  let refused = 0
  const client = clients.as({ token: () => 'old', refused: () => refused++ })
  await expect(client.list(resources.pods)).rejects.toThrow('Unauthorized')
  expect(refused).toBe(1)
})

test('nobody who gives up waits for a token that does not come', async () => {
  await using server = await startTestServer(request => request.json(200, { items: [] }))
  await using clients = createTokenClients({ server: server.url })
  const client = clients.as({ token: () => new Promise<string>(() => undefined), refused: () => undefined })
  const enough = new AbortController()
  const { signal } = enough
  const watch = async () => {
    for await (const _ of client.watch(resources.pods, { signal }));
    return 'ended'
  }
  const outcomes = [watch(), client.list(resources.pods, { signal }), client.raw('GET', '/', undefined, { signal })]
  const reason = new Error('no longer needed')
  const settled = Promise.allSettled(outcomes)
  enough.abort(reason)
  expect(await settled).toEqual([
    { status: 'fulfilled', value: 'ended' },
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ])
  expect(server.requests).toEqual([])
})
