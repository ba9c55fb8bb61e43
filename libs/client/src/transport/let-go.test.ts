import { countedBinds } from '@kubets/component/testing'
import { expect, test } from 'vitest'
import { createClient } from '../client.ts'
import { resources } from '../resources.ts'
import { startTestServer } from '../test-server.ts'

test('requests and watches are begun so that nothing of them is kept (see http2Request)', async () => {
  await using server = await startTestServer(request => {
    if (!request.query.has('watch')) return request.json(200, { kind: 'Pod', metadata: { name: 'a' } })
    request.stream.respond({ ':status': 200 })
    request.stream.write('{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}\n')
  })
  await using client = createClient({ server: server.url })
  // the first one connects
  await client.get(resources.pods, { namespace: 'x', name: 'a' })
  using binds = countedBinds()
  await client.get(resources.pods, { namespace: 'x', name: 'a' })
  await client.patch(resources.pods, { namespace: 'x', name: 'a' }, 'merge', {})
  for await (const { type } of client.watch(resources.pods)) {
    expect(type).toBe('ADDED')
    break
  }
  expect(binds.count).toBe(0)
})
