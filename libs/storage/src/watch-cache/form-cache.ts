/** One form of something. */
export interface Form {
  readonly holder: FormHolder
  readonly name: string
  /** `undefined`: it was made, and let go since. */
  bytes: Uint8Array | undefined
  size: number
  next: Form | undefined
}

/** Something that has made forms of itself: a short list of them. */
export interface FormHolder {
  forms: Form | undefined
}

export function formOf({ forms }: FormHolder, name: string): Form | undefined {
  let form = forms
  while (form !== undefined && form.name !== name) form = form.next
  return form
}

/**
 * Bytes made of entries and events at first use (with their resourceVersion, as protobuf, as a watch frame), for all who
 * ask again. At the bound the oldest go; a form larger than an eighth of it is handed out and not kept.
 *
 * `brief`: of what goes, it stays known that it was made.
 */
export class FormCache {
  readonly #maxBytes: number
  readonly #brief: boolean
  #queue: Form[] = []
  #head = 0
  #bytes = 0

  constructor(maxBytes: number, brief: 'brief' | 'lasting' = 'lasting') {
    this.#maxBytes = maxBytes
    this.#brief = brief === 'brief'
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The largest form that is kept. */
  get largest(): number {
    return this.#maxBytes / 8 - overhead
  }

  clear(): void {
    for (let i = this.#head; i < this.#queue.length; i++) this.#letGo(this.#queue[i] as Form)
    this.#queue = []
    this.#head = 0
  }

  keep(holder: FormHolder, name: string, made: Uint8Array): Uint8Array {
    if (made.byteLength > this.largest) return made
    let form = formOf(holder, name)
    // two made it at the same time
    if (form?.bytes !== undefined) return form.bytes
    const size = made.byteLength + overhead
    if (form === undefined) {
      form = { holder, name, bytes: undefined, size, next: holder.forms }
      holder.forms = form
    }
    form.size = size
    form.bytes = exact(made)
    this.#queue.push(form)
    this.#bytes += size
    while (this.#bytes > this.#maxBytes) this.#letGo(this.#queue[this.#head++] as Form)
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    return form.bytes ?? made
  }

  #letGo(form: Form): void {
    this.#bytes -= form.size
    form.bytes = undefined
    if (this.#brief) return
    const { holder } = form
    if (holder.forms === form) holder.forms = form.next
    else {
      let before = holder.forms
      while (before !== undefined && before.next !== form) before = before.next
      if (before !== undefined) before.next = form.next
    }
  }
}

/** What a form costs beside its bytes. */
const overhead = 200

/** A slice of a larger buffer (Node's pool) would keep all of it. */
function exact(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer.byteLength <= bytes.byteLength + 1024) return bytes
  const copy = new ArrayBuffer(bytes.byteLength)
  new Uint8Array(copy).set(bytes)
  return Buffer.from(copy)
}

/** Of the bytes of lasting forms, those that are kept for a moment. */
const freshShare = 1 / 32

/**
 * Forms of events. Nearly all are asked for by those who hear of the event now and by nobody later: kept until the bound is full, each would
 * grow old and be one more buffer for a full collection to find, which memory outside the heap brings about. So they are kept for a
 * moment; what is made a second time, as when many watches resume, lasts.
 */
export class EventForms {
  readonly #fresh: FormCache
  readonly #lasting: FormCache

  constructor(lasting: FormCache, maxBytes: number) {
    this.#fresh = new FormCache(maxBytes * freshShare, 'brief')
    this.#lasting = lasting
  }

  keep(holder: FormHolder, name: string, made: Uint8Array): Uint8Array {
    const lasts = made.byteLength > this.#fresh.largest || formOf(holder, name) !== undefined
    return (lasts ? this.#lasting : this.#fresh).keep(holder, name, made)
  }
}
