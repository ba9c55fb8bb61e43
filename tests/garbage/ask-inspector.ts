import { once } from 'node:events'

// A process of its own, for the inspector listens in the network namespace of whom it belongs to: `node ask-inspector.ts ws://…`.
const inspector = new WebSocket(String(process.argv[2]))
inspector.addEventListener('error', event => {
  throw new Error(`no inspector at ${process.argv[2]}`, { cause: event })
})
await once(inspector, 'open')
const answer = once(inspector, 'message')
inspector.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }))
const [{ data }] = (await answer) as [{ data: string }]
inspector.close()
if ((JSON.parse(data) as { error?: unknown }).error !== undefined) throw new Error(`nothing collected: ${data}`)
