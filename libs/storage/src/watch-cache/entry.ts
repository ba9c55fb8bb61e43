import type { Revision } from '../key-value-store.ts'
import type { Block, ByteStore } from './byte-store.ts'
import type { CacheEvent, Describe, Entry, Facts } from './contract.ts'
import { type EventForms, type Form, type FormCache, type FormHolder, formOf } from './form-cache.ts'

interface StoredValue {
  key: string
  value: Uint8Array
  createRevision: Revision
  modRevision: Revision
  unreadable?: Error
}

const nothing = new Uint8Array(0)
const noFacts: Facts = { labels: {}, fields: {}, spliceAt: 0 }

/** At so many different label sets the table starts anew: sharing saves memory, it is not needed for anything. */
const maxLabelSets = 20_000

/** Makes entries: copies the bytes into the slabs, asks for the facts, shares equal label sets. */
export class EntryFactory {
  readonly bytes: ByteStore
  readonly forms: FormCache
  readonly #describe: Describe
  readonly #labelSets = new Map<string, Facts['labels']>()

  constructor(bytes: ByteStore, forms: FormCache, describe: Describe) {
    this.bytes = bytes
    this.forms = forms
    this.#describe = describe
  }

  /** `lasting`: the value may stay where it lies. */
  make(stored: StoredValue, lasting = false): StoredEntry {
    if (stored.unreadable !== undefined)
      return new UnreadableEntry(this, stored, this.bytes.put(nothing), stored.unreadable)
    const known = this.#describe.known(stored.value)
    const block = lasting ? this.bytes.adopt(stored.value) : this.bytes.put(stored.value)
    return new StoredEntry(this, stored, block, known && this.#sharing(known))
  }

  /** What the bytes say. */
  read(key: string, bytes: Uint8Array): Facts {
    try {
      return this.#sharing({ ...this.#describe.read(key, bytes), spliceAt: this.#describe.spliceAt(bytes) })
    } catch {
      return noFacts
    }
  }

  spliceAt(bytes: Uint8Array): number {
    return this.#describe.spliceAt(bytes)
  }

  drop(entry: StoredEntry): void {
    this.bytes.drop(entry.block)
  }

  #sharing({ labels, fields, spliceAt }: Facts): Facts {
    return { labels: this.#shared(labels), fields, spliceAt }
  }

  #shared(labels: Facts['labels']): Facts['labels'] {
    let name = ''
    for (const key in labels) name += `${key}=${labels[key]},`
    if (name === '') return noFacts.labels
    const known = this.#labelSets.get(name)
    if (known) return known
    if (this.#labelSets.size >= maxLabelSets) this.#labelSets.clear()
    this.#labelSets.set(name, labels)
    return labels
  }
}

export class StoredEntry implements Entry, FormHolder {
  readonly key: string
  readonly createRevision: Revision
  readonly modRevision: Revision
  readonly block: Block
  declare readonly unreadable?: Error
  forms: Form | undefined = undefined
  readonly #factory: EntryFactory
  /** Of what was loaded, unknown until somebody asks. */
  #facts: Facts | undefined
  #spliceAt = -1

  constructor(
    factory: EntryFactory,
    stored: { key: string; createRevision: Revision; modRevision: Revision },
    block: Block,
    facts: Facts | undefined,
  ) {
    this.#factory = factory
    this.key = stored.key
    this.createRevision = stored.createRevision
    this.modRevision = stored.modRevision
    this.block = block
    this.#facts = facts
  }

  get labels(): Facts['labels'] {
    return this.#known().labels
  }

  get fields(): Facts['fields'] {
    return this.#known().fields
  }

  get spliceAt(): number {
    if (this.#spliceAt === -1) this.#spliceAt = this.#facts?.spliceAt ?? this.#factory.spliceAt(this.bytes)
    return this.#spliceAt
  }

  get bytes(): Buffer {
    return this.#factory.bytes.view(this.block)
  }

  get memory(): Uint8Array {
    return this.block.slab.bytes
  }

  get start(): number {
    return this.block.offset
  }

  get size(): number {
    return this.block.length
  }

  form(name: string, make: (entry: Entry) => Uint8Array): Uint8Array {
    return formOf(this, name)?.bytes ?? this.#factory.forms.keep(this, name, make(this))
  }

  #known(): Facts {
    this.#facts ??= this.#factory.read(this.key, this.bytes)
    return this.#facts
  }
}

/** An object that is there, and of which nothing is known. */
class UnreadableEntry extends StoredEntry {
  override readonly unreadable: Error

  constructor(factory: EntryFactory, stored: StoredValue, block: Block, unreadable: Error) {
    super(factory, stored, block, noFacts)
    this.unreadable = unreadable
  }

  override get bytes(): Buffer {
    throw this.unreadable
  }

  override get memory(): Uint8Array {
    throw this.unreadable
  }
}

export class StoredEvent implements CacheEvent, FormHolder {
  readonly type: CacheEvent['type']
  readonly revision: Revision
  readonly entry: StoredEntry
  readonly previous: StoredEntry | undefined
  forms: Form | undefined = undefined
  readonly #forms: EventForms

  constructor(
    forms: EventForms,
    type: CacheEvent['type'],
    revision: Revision,
    entry: StoredEntry,
    previous: StoredEntry | undefined,
  ) {
    this.#forms = forms
    this.type = type
    this.revision = revision
    this.entry = entry
    this.previous = previous
  }

  form(name: string, make: (event: CacheEvent) => Uint8Array): Uint8Array {
    return formOf(this, name)?.bytes ?? this.#forms.keep(this, name, make(this))
  }
}
