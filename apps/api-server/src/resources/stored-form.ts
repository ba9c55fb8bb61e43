import { type Catalogue, type KubeObject, openProtobuf, type Schemas, sealProtobuf } from '@kubets/api-types'
import { decodeJson } from '@kubets/apimachinery'
import {
  type CompareAndDelete,
  type CompareAndPut,
  DelegatingStore,
  type GetResult,
  type KeyValue,
  type KeyValueStore,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type StoreEvent,
  type StoreWatch,
  type StoreWatchOptions,
  type WriteResult,
} from '@kubets/storage'
import type { Codec } from './codec.ts'
import { entryOfKey } from './describe.ts'
import { groupVersion } from './group-version.ts'
import { isOldDefinition, newDefinition } from './old-definitions.ts'

export const storageMediaTypes = ['application/json', 'application/vnd.kubernetes.protobuf'] as const
export type StorageMediaType = (typeof storageMediaTypes)[number]

export interface StoredFormOptions {
  store: KeyValueStore
  catalogue: Catalogue
  schemas: Schemas
  codec: Codec
  /** What is written; both are read. */
  mediaType: StorageMediaType
}

/** Upstream keeps these groups in JSON, whatever it is told. */
const alwaysJson = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io'])

/** What node ports are taken from is stored beside the objects, and is none that clients see. */
const rangeAllocation = 'io.k8s.api.core.v1.RangeAllocation'

/** `k` of `k8s\0`, which no JSON begins with. */
const protobufByte = 0x6b

/**
 * A store whose objects are our canonical JSON whatever form they are stored in: kube-apiserver writes protobuf. JSON pays one
 * look at its first byte. What is stored in another form than is written now is stale: an update that changes nothing writes it anew.
 */
export function storedForm(options: StoredFormOptions): KeyValueStore {
  return new StoredForm(options)
}

type Stored = KeyValue | StoreEvent

class StoredForm extends DelegatingStore {
  readonly #options: StoredFormOptions
  readonly #entryOf: ReturnType<typeof entryOfKey>
  readonly #writesProtobuf: boolean

  constructor(options: StoredFormOptions) {
    super(options.store)
    this.#options = options
    this.#entryOf = entryOfKey(options.catalogue)
    this.#writesProtobuf = options.mediaType !== 'application/json'
  }

  override async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kv, revision } = await this.store.get(key, options)
    return { kv: kv && this.#read(kv), revision }
  }

  override async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.store.range(options)
    return { ...result, kvs: result.kvs.map(kv => this.#read(kv)) }
  }

  override scan(
    range: { start: string; end: string },
    visit: (kv: KeyValue) => void | Promise<void>,
  ): Promise<Revision> {
    return this.store.scan(range, kv => visit(this.#read(kv)))
  }

  override async put(write: CompareAndPut): Promise<WriteResult> {
    const value = this.#written(write.key, write.value)
    return this.#result(await this.store.put(value === write.value ? write : { ...write, value }))
  }

  override async delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#result(await this.store.delete(write))
  }

  override createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    if (!this.#writesProtobuf) return this.store.createAll(writes)
    return this.store.createAll(writes.map(({ key, value }) => ({ key, value: this.#written(key, value) })))
  }

  override watch(options: StoreWatchOptions): StoreWatch {
    return this.store.watch({
      ...options,
      onEvents: (events, revision) => options.onEvents(this.#events(events), revision),
    })
  }

  protected override pendingOf(key: string): { kv: KeyValue | undefined } | undefined {
    const found = this.store.pending?.(key)
    return found?.kv === undefined ? found : { kv: this.#read(found.kv) }
  }

  #result(result: WriteResult): WriteResult {
    if (result.ok || result.current === undefined) return result
    return { ...result, current: this.#read(result.current) }
  }

  /** The same list where nothing in it has to be read: nearly always. */
  #events(events: readonly StoreEvent[]): readonly StoreEvent[] {
    const strange = (event: StoreEvent) =>
      event.type === 'put' &&
      event.unreadable === undefined &&
      (this.#writesProtobuf || isProtobuf(event.value) || isDefinition(event.key))
    return events.some(strange) ? events.map(event => (strange(event) ? this.#read(event) : event)) : events
  }

  #read<T extends Stored>(stored: T): T {
    if (stored.unreadable !== undefined) return stored
    if (isDefinition(stored.key) && isOldDefinition(stored.value))
      return { ...stored, value: this.#definition(stored.value), stale: true }
    if (!isProtobuf(stored.value))
      return this.#writesProtobuf && this.#hasProtobuf(stored.key) ? { ...stored, stale: true } : stored
    const value = this.#json(stored.value)
    // not ours: shown to nobody, and stops nobody
    if (value === undefined) return stored
    return this.#writesProtobuf ? { ...stored, value } : { ...stored, value, stale: true }
  }

  #definition(bytes: Uint8Array): Uint8Array {
    const { catalogue, codec } = this.#options
    const entry = catalogue.byKind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')
    if (entry === undefined) return bytes
    return codec.encode(entry, codec.toHub(entry, newDefinition(decodeJson(bytes).value as KubeObject)))
  }

  #json(bytes: Uint8Array): Buffer | undefined {
    const { catalogue, schemas, codec } = this.#options
    try {
      const { apiVersion, kind, raw } = openProtobuf(bytes)
      const slash = apiVersion.indexOf('/')
      const entry = catalogue.byKind(slash === -1 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind)
      if (kind === 'RangeAllocation') {
        const schema = schemas.get(rangeAllocation)
        return Buffer.from(schema.encode({ ...schema.decodeProtobuf(raw), kind, apiVersion }))
      }
      if (entry === undefined) return undefined
      const object = { ...schemas.get(entry.schema).decodeProtobuf(raw), kind, apiVersion } as KubeObject
      return codec.encode(entry, codec.toHub(entry, object))
    } catch {
      return undefined
    }
  }

  #written(key: string, value: Uint8Array): Uint8Array {
    if (!this.#writesProtobuf) return value
    const entry = this.#hasProtobuf(key) ? this.#entryOf(key) : undefined
    if (entry === undefined || isProtobuf(value)) return value
    const message = this.#options.schemas.get(entry.schema).encodeProtobuf(decodeJson(value).value)
    return sealProtobuf(groupVersion(entry), entry.kind, message)
  }

  #hasProtobuf(key: string): boolean {
    const entry = this.#entryOf(key)
    return entry?.schema.startsWith('io.k8s.') === true && !alwaysJson.has(entry.group)
  }
}

const definitions = '/registry/apiextensions.k8s.io/customresourcedefinitions/'
const isDefinition = (key: string): boolean => key.startsWith(definitions)

const isProtobuf = (value: Uint8Array): boolean =>
  value[0] === protobufByte && value[1] === 0x38 && value[2] === 0x73 && value[3] === 0
