import type { FlagTable } from '@kubets/component/plain'
import type { Benchmark, Figure } from '../benchmark.ts'
import { Connection, requestBytes } from './connection.ts'
import { eventLoopDelay } from './event-loop.ts'
import { fanOut } from './fan-out.ts'
import { type Load, runLoad } from './load.ts'
import { bytesOf, configMap, event, events, type Operation, reads, standing, writes } from './operations.ts'
import { namespace, pod, statusPatch } from './pods.ts'
import { profiled, shares } from './profile.ts'
import { type BareServer, startBareServer, startOwnServer } from './servers.ts'
import { type Target, targetOf } from './target.ts'

const crowds = [1, 32, 256]
const pods = `/api/v1/namespaces/${namespace}/pods`
const fanOutEvents = 50
/** Of each write that has a budget: V8 optimizes until then, and a server that lives for a day has long done so. */
const warmUps = 12_000

const flags = {
  kubeconfig: { type: 'string', help: 'File of another server, which is measured instead.' },
  only: { type: 'regexp', help: 'Only figures whose key matches.' },
} as const satisfies FlagTable

export const benchmark: Benchmark<typeof flags> = {
  about:
    'The API server at 1, 32 and 256 connections beside a bare node:https handler; --kubeconfig measures another one.',
  flags,
  async run(log, { kubeconfig, only }) {
    await using stack = new AsyncDisposableStack()
    const own = kubeconfig === undefined ? stack.use(await startOwnServer()) : undefined
    const target = own?.target ?? (await targetOf(kubeconfig ?? ''))
    const bare = stack.use(await startBareServer())
    log('making the objects')
    await furnish(target)
    const figures: Figure[] = []
    const wanted = (key: string) => only === undefined || only.test(key)
    const keys = [...reads, ...writes('')].map(({ key }) => key).concat('watch', 'loop-delay')
    if (!keys.some(wanted)) throw new RangeError(`--only ${only?.source}: there are ${keys.join(', ')}`)
    /** Those that are wanted, each after what it stands on. */
    const chosen = (all: readonly Operation[]) =>
      all.filter(({ key }) => wanted(key) || all.some(other => other.after === key && wanted(other.key)))
    const warmUp = chosen(writes('warm')).filter(({ budget }) => budget !== undefined)
    for (const operation of own === undefined ? [] : warmUp) {
      log(`warming up: ${operation.what}`)
      const request = bytesOf(operation, target.token)
      await runLoad({ target, connections: 32, operations: warmUps, request, expect: operation.expect })
    }
    for (const crowd of crowds) {
      for (const operation of chosen([...reads, ...writes(`c${crowd}`)])) {
        log(`${operation.what}, ${crowd} connections`)
        figures.push(await measure(operation, crowd, target, bare))
      }
      if (wanted('watch')) {
        log(`watch, ${crowd} connections`)
        figures.push(await measureFanOut(crowd, target, bare))
      }
    }
    if (own !== undefined) {
      for (const operation of chosen(writes('profile').filter(({ budget }) => budget !== undefined))) {
        log(`profile of: ${operation.what}`)
        const { profile, value } = await profiled(own.inspector, () =>
          runLoad({ target, connections: 32, ...operation, request: bytesOf(operation, target.token) }),
        )
        figures.push(...stepFigures(operation, shares(profile), value.mainMicros))
      }
      if (wanted('loop-delay')) {
        log('event-loop delay under all of it')
        figures.push(await loopFigure(target))
      }
    }
    return figures
  },
}

/** Pods with status and managed fields, ConfigMaps and an Event; what is there already stays. */
async function furnish(target: Target): Promise<void> {
  const connection = await Connection.open(target)
  const send = async (method: string, path: string, body: object, contentType = 'application/json') => {
    const line = { method, path, contentType, token: target.token }
    const answer = await connection.request(requestBytes(line, Buffer.from(JSON.stringify(body))), 'keep')
    if (answer.status >= 300 && answer.status !== 409)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`)
  }
  await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
  await send('POST', events, event)
  for (let i = 0; i < 100; i++) await send('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(i, 'first'))
  for (let i = 0; i < standing; i++) {
    await send('POST', pods, pod(`standing-${i}`))
    await send('PATCH', `${pods}/standing-${i}/status`, statusPatch(i), 'application/strategic-merge-patch+json')
  }
  connection.close()
}

async function measure(operation: Operation, crowd: number, target: Target, bare: BareServer): Promise<Figure> {
  // one connection waits for the disk with every write: fewer are enough there; and where a budget is judged the first requests of 256 connections are not to be a tenth of all
  const operations = Math.ceil(operation.operations * (crowd === 1 ? 1 / 3 : operation.budget === undefined ? 1 : 3))
  const request = bytesOf(operation, target.token)
  const load = await runLoad({ target, connections: crowd, operations, request, expect: operation.expect })
  const sample = await sampleAnswer(operation, target)
  await bare.answerWith(operation.expect, 'application/json', sample)
  const base = await runLoad({ target: bare.target, connections: crowd, operations, request, expect: operation.expect })
  return figureOf(operation, crowd, load, base)
}

/** The body that the API server answers with: the bare handler sends the same. */
async function sampleAnswer(operation: Operation, target: Target): Promise<Buffer> {
  const reading = operation.expect === 200 && operation.request(0)[0].method === 'GET'
  const connection = await Connection.open(target)
  const bytes = reading
    ? bytesOf(operation, target.token)(0)
    : requestBytes({ method: 'GET', path: `${pods}/standing-0`, token: target.token })
  const { body } = await connection.request(bytes, 'keep')
  connection.close()
  return operation.key === 'binding' ? Buffer.from('{"kind":"Status","status":"Success"}') : body
}

function figureOf(operation: Operation, crowd: number, load: Load, base: Load): Figure {
  const { mainMicros } = load
  return {
    key: `${operation.key}-${crowd}`,
    what: `${operation.what}, ${crowd} ${crowd === 1 ? 'connection' : 'connections'}`,
    value: load.perSecond,
    unit: 'ops/s',
    baseline: { what: 'node:https', value: base.perSecond },
    ...(mainMicros === undefined ? {} : { mainMicros }),
    ...(operation.atLeast === undefined ? {} : { aim: Math.round(base.perSecond * operation.atLeast) }),
    ...(operation.budget === undefined ? {} : { mainBudget: operation.budget }),
  }
}

async function measureFanOut(crowd: number, target: Target, bare: BareServer): Promise<Figure> {
  const writer = await Connection.open(target)
  const path = `/api/v1/namespaces/${namespace}/configmaps/standing-0`
  const mark = (i: number) => `m-${crowd}-${i}-e`
  const trigger = async (i: number) => {
    const body = Buffer.from(JSON.stringify({ metadata: { labels: { mark: mark(i) } } }))
    const line = { method: 'PATCH', path, contentType: 'application/merge-patch+json', token: target.token }
    await writer.request(requestBytes(line, body))
  }
  const watch = `/api/v1/namespaces/${namespace}/configmaps?watch=1&fieldSelector=metadata.name%3Dstanding-0`
  const measured = await fanOut(target, crowd, fanOutEvents, watch, trigger, mark)
  writer.close()
  const bareWriter = await Connection.open(bare.target)
  const event = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object: configMap(0, 'an event') })}bare-mark-e\n`)
  await bare.answerWith(200, 'application/json', event)
  const emit = requestBytes({ method: 'POST', path: '/emit' }, Buffer.from('{}'))
  const base = await fanOut(
    bare.target,
    crowd,
    fanOutEvents,
    '/watch',
    async () => void (await bareWriter.request(emit)),
    () => 'bare-mark-e',
  )
  bareWriter.close()
  return {
    key: `watch-${crowd}`,
    what: `an event to ${crowd} ${crowd === 1 ? 'watcher' : 'watchers'}, to the last`,
    value: measured.toLast,
    unit: 'ms',
    baseline: { what: 'bare writes', value: base.toLast },
    ...(measured.mainMicros === undefined ? {} : { mainMicros: measured.mainMicros }),
  }
}

/** Shares of the profile, which counts waiting for a core too, and what they come to. */
const stepFigures = (
  operation: Operation,
  all: readonly (readonly [string, number])[],
  mainMicros: number | undefined,
): Figure[] =>
  all
    .filter(([, share]) => share >= 0.005)
    .map(([step, share]) => ({
      key: `${operation.key}-share-${step.replaceAll(/\W+/g, '-')}`,
      what: `${operation.what}: ${step}`,
      value: share * 100,
      unit: '%',
      ...(mainMicros === undefined ? {} : { mainMicros: share * mainMicros }),
    }))

/** Reads, writes and lists at once, and how long the server's loop was held meanwhile. */
async function loopFigure(target: Target): Promise<Figure> {
  const [get, , , , list] = reads
  const [create] = writes('loop')
  if (get === undefined || list === undefined || create === undefined) throw new Error('operations are missing')
  const value = await eventLoopDelay(target, () =>
    Promise.all(
      [
        { operation: get, connections: 16, operations: 20_000 },
        { operation: list, connections: 10, operations: 200 },
        { operation: create, connections: 32, operations: 2_000 },
      ].map(({ operation, ...more }) =>
        runLoad({ target, ...more, request: bytesOf(operation, target.token), expect: operation.expect }),
      ),
    ),
  )
  return { key: 'loop-delay', what: 'event-loop delay, p99, GET + LIST + create at once', value, unit: 'ms', aim: 10 }
}
