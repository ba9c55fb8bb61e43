/** Where some bytes lie now. Only the {@link ByteStore} that made it changes it. */
export interface Block {
  slab: Slab
  offset: number
  readonly length: number
  dropped: boolean
}

interface Slab {
  readonly memory: SharedArrayBuffer
  /** The whole of it, for writing. */
  readonly bytes: Uint8Array
  readonly blocks: Block[]
  used: number
  live: number
}

/** Keeps bytes out of the garbage collector's way. */
export interface ByteStore {
  put(bytes: Uint8Array): Block
  /** Bytes that stay where they are, in a `SharedArrayBuffer` that nobody writes again and that has others of them. */
  adopt(bytes: Uint8Array): Block
  /** The bytes, without a copy. Stays valid for as long as it is held, also after `drop`. */
  view(block: Block): Buffer
  drop(block: Block): void
  /** Bytes that are wanted, and bytes of all slabs. */
  readonly live: number
  readonly held: number
}

/**
 * Slabs of 1 MB over shared memory, filled from front to end and never written twice: a view into a slab that was given
 * up stays right until nobody holds it. When less than half of a full slab is live, what lives in it is copied on and the
 * slab goes. Values above a quarter of a slab get one of their own.
 */
export function createByteStore(slabBytes = 1024 * 1024): ByteStore {
  let current = newSlab(slabBytes)
  /** The one that was adopted last: they come one after the other. */
  let adopted: Slab | undefined
  let live = 0
  let held = slabBytes

  function newSlab(bytes: number): Slab {
    const memory = new SharedArrayBuffer(bytes)
    return { memory, bytes: new Uint8Array(memory), blocks: [], used: 0, live: 0 }
  }

  function place(length: number): { slab: Slab; offset: number } {
    if (length > slabBytes / 4) {
      held += length
      const slab = newSlab(length)
      slab.used = length
      return { slab, offset: 0 }
    }
    while (current.used + length > slabBytes) {
      const full = current
      current = newSlab(slabBytes)
      held += slabBytes
      tidy(full)
    }
    const slab = current
    const offset = slab.used
    slab.used += length
    return { slab, offset }
  }

  function store(bytes: Uint8Array, block: Block): void {
    block.slab.bytes.set(bytes, block.offset)
    block.slab.blocks.push(block)
    block.slab.live += bytes.length
  }

  function tidy(slab: Slab): void {
    if (slab === current || slab === adopted || slab.live * 2 >= slab.used || slab.blocks.length === 0) return
    held -= slab.memory.byteLength
    const blocks = slab.blocks.splice(0)
    for (const block of blocks) {
      if (block.dropped) continue
      const bytes = slab.bytes.subarray(block.offset, block.offset + block.length)
      const to = place(block.length)
      block.slab = to.slab
      block.offset = to.offset
      store(bytes, block)
    }
  }

  return {
    put(bytes) {
      const to = place(bytes.length)
      const block: Block = { slab: to.slab, offset: to.offset, length: bytes.length, dropped: false }
      store(bytes, block)
      live += bytes.length
      return block
    },
    adopt(bytes) {
      const { buffer, byteOffset: offset, length } = bytes
      if (adopted?.memory !== buffer) {
        const memory = buffer as unknown as SharedArrayBuffer
        adopted = { memory, bytes: new Uint8Array(memory), blocks: [], used: 0, live: 0 }
        held += memory.byteLength
      }
      const slab = adopted as Slab
      const block: Block = { slab, offset, length, dropped: false }
      slab.blocks.push(block)
      slab.used += length
      slab.live += length
      live += length
      return block
    },
    view: block => Buffer.from(block.slab.memory as unknown as ArrayBuffer, block.offset, block.length),
    drop(block) {
      if (block.dropped) return
      block.dropped = true
      live -= block.length
      block.slab.live -= block.length
      tidy(block.slab)
    },
    get live() {
      return live
    },
    get held() {
      return held
    },
  }
}
