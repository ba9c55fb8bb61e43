import { bigData, nodeHeader, noRoot, pageHeader, type Tree } from '../integrity/layout.ts'

/** Memory that pages were read to; both views are of the same. */
export interface Memory {
  readonly bytes: Buffer
  readonly words: Uint16Array
}

export function memoryOf(length: number): Memory {
  const memory = new ArrayBuffer(length)
  return { bytes: Buffer.from(memory), words: new Uint16Array(memory) }
}

/** The trees of tables by their names. */
export type Tables = Map<string, Tree>

/** How many entries a page has; their offsets follow its header. */
function entriesOf(words: Uint16Array, start: number): number {
  return (words[(start >> 1) + 10] as number) >> 1
}

function entryAt(words: Uint16Array, start: number, i: number): number {
  const base = start + pageHeader
  return base + (words[(base >> 1) + i] as number)
}

/** The pages below a branch. */
export function children({ words }: Memory, start: number): number[] {
  const found: number[] = []
  const count = entriesOf(words, start)
  for (let i = 0; i < count; i++) {
    const at = entryAt(words, start, i) >> 1
    found.push((words[at] as number) + (words[at + 1] as number) * 0x1_0000 + (words[at + 2] as number) * 0x1_0000_0000)
  }
  return found
}

/** Adds the values of a leaf that a transaction wrote to pages of their own: the first page's number, and how many there are. */
export function overflows({ words, bytes }: Memory, start: number, transaction: number, runs: number[]): void {
  const count = entriesOf(words, start)
  for (let i = 0; i < count; i++) {
    const entry = entryAt(words, start, i)
    if (((words[(entry >> 1) + 2] as number) & bigData) === 0) continue
    const reference = entry + nodeHeader + (words[(entry >> 1) + 3] as number)
    if (number64At(bytes, reference + 8) === transaction)
      runs.push(number64At(bytes, reference), number64At(bytes, reference + 16))
  }
}

/** Notes the records of a leaf of the tree of tables. */
export function noteTables({ words, bytes }: Memory, start: number, to: Tables): void {
  const count = entriesOf(words, start)
  for (let i = 0; i < count; i++) {
    const key = entryAt(words, start, i) + nodeHeader
    const data = key + (words[((key - nodeHeader) >> 1) + 3] as number)
    to.set(bytes.toString('latin1', key, data), treeIn(bytes, data))
  }
}

function treeIn(bytes: Buffer, at: number): Tree {
  const root = number64At(bytes, at + 40)
  return {
    pad: bytes.readUInt32LE(at),
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: number64At(bytes, at + 8),
    leafPages: number64At(bytes, at + 16),
    overflowPages: number64At(bytes, at + 24),
    entries: number64At(bytes, at + 32),
    root: root === noRoot ? undefined : root,
  }
}

/** An entry's data may begin anywhere. */
function number64At(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
}
