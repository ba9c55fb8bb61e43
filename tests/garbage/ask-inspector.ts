import { once } from 'node:events'

// A process of its own, for the inspector listens in the network namespace of whom it belongs to: `node ask-inspector.ts ws://…`. Collects garbage, and says
// how many bytes V8 holds then, on its heap and outside.
const inspector = new WebSocket(String(process.argv[2]))
inspector.addEventListener('error', event => {
  throw new Error(`no inspector at ${process.argv[2]}`, { cause: event })
})
await once(inspector, 'open')

interface Answer {
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly error?: unknown
}

async function ask(method: string, params: object = {}): Promise<Answer> {
  const answered = once(inspector, 'message')
  inspector.send(JSON.stringify({ id: 1, method, params }))
  const [{ data }] = (await answered) as [{ data: string }]
  const answer = JSON.parse(data) as Answer
  if (answer.error !== undefined) throw new Error(`${method}: ${data}`)
  return answer
}

await ask('HeapProfiler.collectGarbage')
const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())'
const { result } = await ask('Runtime.evaluate', { expression, returnByValue: true })
inspector.close()
process.stdout.write(String(result?.result?.value))
