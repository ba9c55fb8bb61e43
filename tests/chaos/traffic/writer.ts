import type { Random } from '../../../tools/fuzz/random.ts'
import type { Operation, Write, WriteOutcome } from '../model/history.ts'
import { type Answer, Http, NotSentError, type Server } from './http.ts'
import { collection, type Marked, markOf, objectOf, revisionOf } from './objects.ts'

export interface WriterOptions {
  client: number
  random: Random
  keys: readonly string[]
  servers: readonly Server[]
  tls: { ca: string; cert: string; key: string }
  record(operation: Operation): void
  signal: AbortSignal
}

/** One client that does one thing after the other, each over any of the servers. */
export async function write(options: WriterOptions): Promise<void> {
  using http = new Http(options.tls)
  const writer = new Writer(options, http)
  while (!options.signal.aborted) await writer.step()
}

class Writer {
  readonly #options: WriterOptions
  readonly #http: Http
  /** What this client knows of keys; it may be old. */
  readonly #known = new Map<string, number>()
  #marks = 0

  constructor(options: WriterOptions, http: Http) {
    this.#options = options
    this.#http = http
  }

  async step(): Promise<void> {
    const { random, keys, servers } = this.#options
    const key = random.pick(keys)
    const server = random.pick(servers)
    const chance = random.next()
    const known = this.#known.get(key)
    try {
      if (chance < 0.2) await this.#get(server, key)
      else if (chance < 0.25) await this.#list(server)
      else if (chance < 0.35) await this.#write(server, 'patch', key, undefined)
      else if (known === undefined) await this.#write(server, 'create', key, undefined)
      else if (chance < 0.85) await this.#write(server, 'update', key, known)
      else await this.#write(server, 'delete', key, known)
    } catch (error) {
      // nobody there: another server, or a little later
      if (error instanceof NotSentError) await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  async #get(server: Server, key: string): Promise<void> {
    const startedAt = performance.now()
    const { status, body } = await this.#http.send(server, 'GET', `${collection}/${key}`)
    if (status !== 200 && status !== 404) return
    const found = status === 200 ? { revision: revisionOf(body), mark: markOf(body) } : undefined
    this.#learn(key, found?.revision)
    this.#record({ kind: 'get', key, found, ...this.#during(server, startedAt) })
  }

  async #list(server: Server): Promise<void> {
    const startedAt = performance.now()
    const { status, body } = await this.#http.send(server, 'GET', collection)
    if (status !== 200) return
    const items = body.items.map((item: Marked) => ({
      key: item.metadata.name,
      revision: revisionOf(item),
      mark: markOf(item),
    }))
    const revision = Number(body.metadata.resourceVersion)
    this.#record({ kind: 'list', revision, items, ...this.#during(server, startedAt) })
  }

  async #write(server: Server, kind: Write['kind'], key: string, expected: number | undefined): Promise<void> {
    const mark = kind === 'delete' ? undefined : `${this.#options.client}-${this.#marks++}`
    const startedAt = performance.now()
    const base = { kind, key, mark, expected }
    let answer: Answer
    try {
      answer = await this.#send(server, kind, key, mark, expected)
    } catch (error) {
      if (error instanceof NotSentError) throw error
      this.#known.delete(key)
      const { client } = this.#options
      const endedAt = Number.POSITIVE_INFINITY
      this.#record({
        ...base,
        client,
        server: server.name,
        startedAt,
        endedAt,
        outcome: 'unknown',
        revision: undefined,
      })
      return
    }
    const outcome = outcomeOf(answer)
    const revision = outcome === 'ok' && kind !== 'delete' ? revisionOf(answer.body) : undefined
    this.#learn(key, revision)
    const during = this.#during(server, startedAt)
    const endedAt = outcome === 'unknown' ? Number.POSITIVE_INFINITY : during.endedAt
    this.#record({ ...base, ...during, endedAt, outcome, revision })
  }

  #send(server: Server, kind: Write['kind'], key: string, mark = '', expected: number | undefined): Promise<Answer> {
    const path = `${collection}/${key}`
    if (kind === 'create') return this.#http.send(server, 'POST', collection, objectOf(key, mark))
    if (kind === 'update') return this.#http.send(server, 'PUT', path, objectOf(key, mark, expected))
    if (kind === 'patch')
      return this.#http.send(server, 'PATCH', path, { data: { mark } }, 'application/merge-patch+json')
    return this.#http.send(server, 'DELETE', path, { preconditions: { resourceVersion: String(expected) } })
  }

  #learn(key: string, revision: number | undefined): void {
    if (revision === undefined) this.#known.delete(key)
    else this.#known.set(key, revision)
  }

  #during(server: Server, startedAt: number) {
    return { client: this.#options.client, server: server.name, startedAt, endedAt: performance.now() }
  }

  #record(operation: Operation): void {
    this.#options.record(operation)
  }
}

/** Only answers that speak of the object's state say that nothing happened; of errors of the server nobody knows. */
function outcomeOf({ status }: Answer): WriteOutcome {
  if (status < 300) return 'ok'
  return status === 404 || status === 409 ? 'refused' : 'unknown'
}
