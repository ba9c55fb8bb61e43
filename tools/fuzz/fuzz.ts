import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { builtinCatalogue } from '@kubets/api-types'
import { testApiServer } from '../../apps/api-server/src/testing/api-server.ts'
import { type Corpus, readCorpus } from '../differential/corpus.ts'
import type { Resource } from '../differential/resources.ts'
import { type Connection, connect } from './connection.ts'
import { complaint } from './judge.ts'
import { Random } from './random.ts'
import { type FuzzRequest, fuzzNamespace, hostileRequest } from './request.ts'

export interface FuzzOptions {
  seed: number
  /** Whichever comes first. */
  seconds: number
  requests?: number
  /** Requests that are under way at a time. */
  width?: number
  onProgress?: (line: string) => void
}

export interface FuzzReport {
  requests: number
  /** By status code. */
  answers: Record<number, number>
  complaints: { request: string; body: string; complaint: string }[]
  /** Bytes that the process holds more than before, on V8's heap and outside, after a collection. */
  growth: number
  slowest: { milliseconds: number; request: string }
}

/** More than this and what clients send is kept somewhere. Objects that were accepted are stored, in mapped memory and in slabs. */
export const growthBound = 128 * 1024 * 1024

const complaintsBound = 50

/** Sends hostile requests to an api-server in this process and judges every answer. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  await using server = await testApiServer()
  const corpus = await readCorpus()
  const random = new Random(options.seed)
  const connection = connect({ ...server.connection, ...server.admin })
  try {
    await prepare(connection)
    return await attack(options, random, connection, corpus)
  } finally {
    connection.close()
  }
}

async function prepare(connection: Connection): Promise<void> {
  const post = (path: string, body: unknown) =>
    connection.send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    })
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fuzzNamespace } })
  await post(`/api/v1/namespaces/${fuzzNamespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  })
}

async function attack(
  options: FuzzOptions,
  random: Random,
  connection: Connection,
  corpus: Corpus,
): Promise<FuzzReport> {
  const report: FuzzReport = {
    requests: 0,
    answers: {},
    complaints: [],
    growth: 0,
    slowest: { milliseconds: 0, request: '' },
  }
  const resources = servedResources()
  const before = await held()
  const end = Date.now() + options.seconds * 1000
  const limit = options.requests ?? Number.POSITIVE_INFINITY
  const complain = (request: FuzzRequest, text: string) =>
    report.complaints.push({
      request: shown(request),
      body: (request.body ?? '').toString().slice(0, 2000),
      complaint: text,
    })
  const one = async () => {
    while (Date.now() < end && report.requests < limit && report.complaints.length < complaintsBound) {
      const request = hostileRequest(random, { resource: random.pick(resources), corpus })
      report.requests++
      const answer = await connection.send(request)
      report.answers[answer.status] = (report.answers[answer.status] ?? 0) + 1
      if (answer.milliseconds > report.slowest.milliseconds && !/[?&]watch=/.test(request.path))
        report.slowest = { milliseconds: Math.round(answer.milliseconds), request: shown(request) }
      const found = complaint(request, answer)
      if (found !== undefined) complain(request, found)
      if (report.requests % 5000 === 0)
        options.onProgress?.(`${report.requests} requests, ${report.complaints.length} complaints`)
    }
  }
  await Promise.all(Array.from({ length: options.width ?? 8 }, one))
  const alive = await connection.send({ method: 'GET', path: '/readyz', headers: {} })
  if (alive.status !== 200)
    complain({ method: 'GET', path: '/readyz', headers: {} }, `the server is not ready: ${alive.status}`)
  if (Object.hasOwn(Object.prototype, 'polluted'))
    complain({ method: '-', path: '-', headers: {} }, 'Object.prototype was polluted')
  report.growth = Math.max(0, (await held()) - before)
  if (report.growth > growthBound)
    complain({ method: '-', path: '-', headers: {} }, `the process holds ${report.growth} bytes more`)
  return report
}

/** Bytes that somebody holds: V8's heap, and what it knows of outside. */
async function held(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let least = Number.POSITIVE_INFINITY
  // what finalizers and other threads give back comes after a collection
  for (let round = 0; round < 5; round++) {
    collect()
    await setImmediate()
    const { heapUsed, external } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
  }
  return least
}

/** Everything in the catalogue, as discovery would show it. */
function servedResources(): Resource[] {
  return builtinCatalogue.entries
    .filter(entry => entry.enabledByDefault)
    .map(entry => ({
      group: entry.group,
      version: entry.version,
      name: entry.resource,
      kind: entry.kind,
      namespaced: entry.namespaced,
      verbs: entry.verbs,
      subresources: new Map(),
    }))
}

const shown = ({ method, path, headers }: FuzzRequest) =>
  `${method} ${path.slice(0, 500)} ${JSON.stringify(headers).slice(0, 300)}`
