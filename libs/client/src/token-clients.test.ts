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
