import { createInterface } from 'node:readline'
import type { Random } from '../../../tools/fuzz/random.ts'
import type { WatchStretch } from '../model/history.ts'
import { Http, type Server } from './http.ts'
import { collection, type Marked, markOf, revisionOf } from './objects.ts'

export interface WatcherOptions {
  watcher: number
  random: Random
  servers: readonly Server[]
  tls: { ca: string; cert: string; key: string }
  begin(stretch: WatchStretch): void
  signal: AbortSignal
}

/** How long a watcher stays with one server before it moves on, ms. */
const stay = 3_000

/** Follows the collection as an informer does: from where it was, and from a list when that is gone. */
export class ChaosWatcher {
  /** Everything up to it was seen. */
  reached = 0
  readonly #options: WatcherOptions
  #stretch: WatchStretch | undefined

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const { random, servers, signal, tls } = this.#options
    using http = new Http(tls)
    while (!signal.aborted) {
      const server = random.pick(servers)
      try {
        if (this.#stretch === undefined) await this.#list(http, server)
        else await this.#watch(http, server)
      } catch {
        // broken off, or nobody there: from where it was
        if (!signal.aborted) await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
  }

  async #list(http: Http, server: Server): Promise<void> {
    const { status, body } = await http.send(server, 'GET', collection)
    if (status !== 200) throw new Error(`list answered ${status}`)
    this.reached = Number(body.metadata.resourceVersion)
    this.#stretch = { watcher: this.#options.watcher, after: this.reached, events: [] }
    this.#options.begin(this.#stretch)
  }

  async #watch(http: Http, server: Server): Promise<void> {
    const moveOn = new AbortController()
    const signal = AbortSignal.any([moveOn.signal, this.#options.signal])
    const timer = setTimeout(() => moveOn.abort(), stay)
    try {
      const path = `${collection}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.reached}`
      const response = await http.open(server, 'GET', path, { signal })
      if (response.statusCode === 410) this.#stretch = undefined
      if (response.statusCode !== 200) {
        response.resume()
        throw new Error(`watch answered ${response.statusCode}`)
      }
      // a line that was cut off is none: it has no end
      for await (const line of createInterface({ input: response })) if (!this.#take(line)) return
    } finally {
      clearTimeout(timer)
      moveOn.abort()
    }
  }

  /** False when the stretch is over. */
  #take(line: string): boolean {
    let event: { type: string; object: Marked & { code?: number } }
    try {
      event = JSON.parse(line)
    } catch {
      return false
    }
    if (event.type === 'ERROR') {
      if (event.object.code === 410) this.#stretch = undefined
      return false
    }
    const revision = revisionOf(event.object)
    if (event.type !== 'BOOKMARK') {
      const { name: key } = event.object.metadata
      const mark = markOf(event.object)
      this.#stretch?.events.push({ type: event.type as 'ADDED', key, revision, mark })
    }
    this.reached = Math.max(this.reached, revision)
    return true
  }
}
