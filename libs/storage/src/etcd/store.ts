import { readFile } from 'node:fs/promises'
import { type Followed, type Logger, silentLogger, sleep } from '@kubets/component'
import { normalizedPrefix, storePrefix, withKeyPrefix } from '../key-prefix.ts'
import {
  assertTransactionSize,
  type CompareAndDelete,
  type CompareAndPut,
  type GetResult,
  type KeyValue,
  type KeyValueStore,
  type LeaseId,
  type LeaseInfo,
  LeaseNotFoundError,
  maxRequestBytes,
  type RangeOptions,
  type RangeResult,
  RequestTooLargeError,
  type Revision,
  StoreClosedError,
  type StoreWatch,
  type StoreWatchOptions,
  type Visit,
  type WriteResult,
} from '../key-value-store.ts'
import { OwnWrites } from '../own-writes.ts'
import { EtcdConnection } from './connection.ts'
import { EtcdUnavailableError, fromEtcd } from './errors.ts'
import {
  decodeLease,
  decodeLeases,
  decodeRange,
  decodeTimeToLive,
  decodeTxn,
  encodeCompaction,
  encodeEmpty,
  encodeLeaseGrant,
  encodeLeaseId,
  encodeRange,
  encodeTxn,
  type TxnRequest,
} from './messages.ts'
import { adviceForSilence, isHopeless } from './tls-advice.ts'
import { EtcdWatch } from './watch.ts'

export interface EtcdStoreOptions {
  /** `--etcd-servers`: `http://127.0.0.1:2379`, all with the same scheme. */
  endpoints: readonly string[]
  /** PEM, or the file that holds it (`--etcd-cafile`, `--etcd-certfile`, `--etcd-keyfile`). */
  ca?: string | Buffer
  caFile?: string
  cert?: string | Buffer
  certFile?: string
  key?: string | Buffer
  keyFile?: string
  /** Where the files are followed: what they hold from now on. */
  renewed?: Followed<{ ca?: string; cert?: string; key?: string }>
  auth?: { username: string; password: string }
  /** `--etcd-prefix`: stands in etcd where callers say `/registry`. Default `/registry`. */
  prefix?: string
  /** So long an etcd that does not answer yet is waited for, ms. What waiting cannot mend fails at once. Default 0. */
  waitFor?: number
  /** Ends the wait. */
  signal?: AbortSignal
  logger?: Logger
}

/** The first page of a long range, and what a page should weigh in bytes after that. */
const firstPage = 1_000
const pageBytes = 8 * 1024 * 1024

/** Between two attempts to reach an etcd that is not there yet, ms. */
const startPause = 500

/** Connects to etcd; fails when none of the endpoints answers. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<KeyValueStore> {
  const { endpoints, prefix = storePrefix, logger = silentLogger() } = options
  if (endpoints.length === 0) throw new EtcdUnavailableError('no etcd servers are given')
  const at = endpoints.join(', ')
  const files = await certificates(options)
  const connection = connect(endpoints, files, options.auth)
  options.renewed?.onChange(pem => {
    try {
      const bytes = Object.entries(pem).map(([name, text]) => [name, Buffer.from(text)])
      connection.renew(Object.fromEntries(bytes))
    } catch (error) {
      logger.error({ err: error }, 'New certificates for etcd cannot be used: those before stay')
    }
  })
  const physical = normalizedPrefix(prefix)
  const store = new EtcdStore(connection, `${physical}health`)
  const until = performance.now() + (options.waitFor ?? 0)
  for (;;) {
    try {
      await store.revision()
      return physical === storePrefix ? store : withKeyPrefix(store, physical)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (performance.now() < until && !isHopeless(why) && options.signal?.aborted !== true) {
        logger.warn({ endpoints, err: error }, 'etcd does not answer yet')
        await sleep(startPause, options.signal ?? new AbortController().signal)
        continue
      }
      await store.close()
      const advice = adviceForSilence(why, endpoints)
      const text = `etcd at ${at} cannot be used: ${why}${advice === undefined ? '' : `: ${advice}`}`
      throw new EtcdUnavailableError(text, { cause: error })
    }
  }
}

/** @throws EtcdUnavailableError that names the flag where a file is missing or two do not fit. */
async function certificates(options: EtcdStoreOptions): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer }> {
  const pem = async (flag: string, given: string | Buffer | undefined, file: string | undefined) => {
    if (given !== undefined) return Buffer.from(given)
    if (file === undefined || file === '') return undefined
    try {
      return await readFile(file)
    } catch (error) {
      throw new EtcdUnavailableError(`${flag}: cannot read ${file}: ${(error as Error).message}`, { cause: error })
    }
  }
  const ca = await pem('--etcd-cafile', options.ca, options.caFile)
  const cert = await pem('--etcd-certfile', options.cert, options.certFile)
  const key = await pem('--etcd-keyfile', options.key, options.keyFile)
  if ((cert === undefined) !== (key === undefined))
    throw new EtcdUnavailableError('--etcd-certfile and --etcd-keyfile must be given together')
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}

function connect(
  endpoints: readonly string[],
  files: { ca?: Buffer; cert?: Buffer; key?: Buffer },
  auth: EtcdStoreOptions['auth'],
): EtcdConnection {
  try {
    return new EtcdConnection({ endpoints, ...files, ...(auth ? { auth } : {}) })
  } catch (error) {
    if (error instanceof EtcdUnavailableError) throw error
    const why = (error as Error).message
    const advice = /key values mismatch/i.test(why)
      ? 'the key in --etcd-keyfile is not that of --etcd-certfile'
      : 'look at the files of --etcd-cafile, --etcd-certfile and --etcd-keyfile'
    throw new EtcdUnavailableError(`the certificates for etcd cannot be used: ${why}: ${advice}`, { cause: error })
  }
}

class EtcdStore implements KeyValueStore {
  readonly #connection: EtcdConnection
  readonly #probe: string
  readonly #watches = new Set<EtcdWatch>()
  /** Whoever watches is given the very bytes that were put here: facts that are kept of them are found again. */
  readonly #own = new OwnWrites()
  #closed = false

  constructor(connection: EtcdConnection, probe: string) {
    this.#connection = connection
    this.#probe = probe
  }

  async revision(): Promise<Revision> {
    const response = await this.#range(encodeRange({ key: this.#probe, countOnly: true }))
    return response.revision
  }

  async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kvs, revision } = await this.#range(encodeRange({ key, ...options }))
    return { kv: kvs[0], revision }
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const kvs: KeyValue[] = []
    const { count, more, revision } = await this.#pages(options, page => {
      for (const kv of page) kvs.push(kv)
    })
    return { kvs, more, count, revision }
  }

  async scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    let place = 0
    const { revision } = await this.#pages(range, async page => {
      for (const kv of page) {
        const held = visit(kv, place++)
        if (held !== undefined) await held
      }
    })
    return revision
  }

  async put(write: CompareAndPut): Promise<WriteResult> {
    const { key, value, expected, lease = 0n } = write
    assertSize(key, value)
    const request = { compare: [{ key, modRevision: expected }], success: [{ key, value, lease }], read: key }
    if (this.#watches.size > 0) this.#own.wrote(key, value, value)
    let taken = false
    try {
      const written = await this.#write(request)
      taken = written.ok
      return written
    } finally {
      if (!taken) this.#own.refused(key, value)
    }
  }

  async delete({ key, expected }: CompareAndDelete): Promise<WriteResult> {
    return this.#write({ compare: [{ key, modRevision: expected }], success: [{ key }], read: key })
  }

  async createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    if (writes.length === 0) return true
    assertTransactionSize(writes)
    const compare = writes.map(({ key }) => ({ key, modRevision: 0 }))
    return (await this.#write({ compare, success: writes })).ok
  }

  async grantLease(ttl: number): Promise<LeaseId> {
    this.#assertOpen()
    const request = encodeLeaseGrant(Math.max(1, Math.ceil(ttl)))
    // a lease that was granted twice only ends by itself
    const { id } = await this.#connection.call(
      'cannot grant a lease',
      'Lease',
      'LeaseGrant',
      request,
      decodeLease,
      true,
    )
    return id
  }

  async keepLeaseAlive(id: LeaseId): Promise<void> {
    this.#assertOpen()
    const { stream } = await this.#connection.openStream('Lease', 'LeaseKeepAlive')
    try {
      const ttl = await new Promise<number>((resolve, reject) => {
        stream.on('data', (bytes: Buffer) => resolve(decodeLease(bytes).ttl))
        stream.on('error', reject)
        stream.on('end', () => reject(new EtcdUnavailableError('etcd ended the stream')))
        stream.write(encodeLeaseId(id))
      })
      if (ttl <= 0) throw new LeaseNotFoundError()
    } catch (error) {
      throw fromEtcd(error, 'cannot keep a lease alive')
    } finally {
      stream.end()
    }
  }

  async revokeLease(id: LeaseId): Promise<void> {
    this.#assertOpen()
    const request = encodeLeaseId(id)
    await this.#connection.call('cannot revoke a lease', 'Lease', 'LeaseRevoke', request, () => true, false)
  }

  async leases(): Promise<LeaseInfo[]> {
    this.#assertOpen()
    const doing = 'cannot list the leases'
    const ids = await this.#connection.call(doing, 'Lease', 'LeaseLeases', encodeEmpty(), decodeLeases, true)
    const found = await Promise.all(
      ids.map(id =>
        this.#connection.call(doing, 'Lease', 'LeaseTimeToLive', encodeLeaseId(id), decodeTimeToLive, true),
      ),
    )
    // one that ended meanwhile has less than nothing left
    return found.filter(({ remaining }) => remaining > 0)
  }

  watch(options: StoreWatchOptions): StoreWatch {
    this.#assertOpen()
    const watch = new EtcdWatch(
      this.#connection,
      {
        ...options,
        onEvents: (events, revision) => {
          for (const event of events)
            if (event.type === 'put') event.value = this.#own.take(event.key, event.value) ?? event.value
          return options.onEvents(events, revision)
        },
      },
      () => this.revision(),
      left => this.#watches.delete(left),
    )
    if (!options.signal.aborted) this.#watches.add(watch)
    return watch
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen()
    await this.#connection.call('cannot compact', 'KV', 'Compact', encodeCompaction(revision), () => true, false)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const watch of this.#watches) watch.end(new StoreClosedError())
    this.#connection.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A range page by page, all at the revision of the first. */
  async #pages(
    { start, end, limit, revision: at = 0, countOnly = false }: RangeOptions,
    take: (page: readonly KeyValue[]) => void | Promise<void>,
  ): Promise<{ count: number; more: boolean; revision: Revision }> {
    this.#assertOpen()
    if (!(start < end)) return { more: false, count: 0, revision: await this.revision() }
    let left = limit !== undefined && limit > 0 ? limit : Number.POSITIVE_INFINITY
    const first = await this.#range(
      encodeRange({ key: start, end, limit: Math.min(left, firstPage), revision: at, countOnly }),
    )
    const { count, revision } = first
    for (let page = first; ; ) {
      await take(page.kvs)
      left -= page.kvs.length
      const last = page.kvs.at(-1)
      if (!last || !page.more || left <= 0) return { count, more: page.more, revision }
      // as many as weigh about a page, going by the last ones
      const weight = page.kvs.reduce((sum, kv) => sum + kv.value.length, 1) / page.kvs.length
      const next = Math.min(Math.max(Math.floor(pageBytes / weight), 10), 10_000, left)
      page = await this.#range(
        encodeRange({ key: `${last.key}\0`, end, limit: next, revision: at === 0 ? revision : at }),
      )
    }
  }

  #range(request: Buffer): Promise<ReturnType<typeof decodeRange>> {
    this.#assertOpen()
    return this.#connection.call('cannot read from etcd', 'KV', 'Range', request, decodeRange, true)
  }

  async #write(request: TxnRequest): Promise<WriteResult> {
    this.#assertOpen()
    const bytes = encodeTxn(request)
    const txn = await this.#connection.call('cannot write to etcd', 'KV', 'Txn', bytes, decodeTxn, false)
    const { revision } = txn
    return txn.succeeded ? { ok: true, revision } : { ok: false, current: txn.read, revision }
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosedError()
  }
}

function assertSize(key: string, value: Uint8Array): void {
  if (key.length + value.length > maxRequestBytes) throw new RequestTooLargeError()
}
