import type { ByteReader } from './byte-source.ts'

export type TarEntryType = 'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'directory' | 'fifo'

/** One member of an archive. Names are byte strings (`latin1`), since paths on Linux need not be UTF-8. */
export interface TarEntry {
  name: string
  type: TarEntryType
  /** Target of a hard link or symlink; empty otherwise. */
  linkname: string
  /** Permission bits, 0o7777. */
  mode: number
  uid: number
  gid: number
  /** Bytes in the unpacked file. */
  size: number
  /** Seconds since the epoch, with fractions. */
  mtime: number
  devmajor: number
  devminor: number
  /** Extended attributes, the values byte by byte. */
  xattrs: ReadonlyMap<string, Buffer>
  /** Where the stored bytes belong in the file, when it has holes. */
  sparse?: readonly { offset: number; length: number }[]
  /** Bytes stored in the archive for {@link body}. */
  stored: number
  /** The content; what is left unread is skipped. */
  body(): AsyncGenerator<Buffer>
}

/** Headers longer than this are refused: one entry's names and attributes never need it. */
const maxHeaderBytes = 1 << 20

/**
 * Reads tar in all forms that image builders write: ustar, PAX and GNU with long names, base-256 numbers and sparse files.
 * Own code because `tar-stream` and `tar` decode PAX records as UTF-8, which destroys binary attributes such as file capabilities.
 */
export async function* readTar(bytes: ByteReader): AsyncGenerator<TarEntry> {
  let pax = new Map<string, string>()
  let longName: string | undefined
  let longLink: string | undefined
  for (;;) {
    const header = await bytes.take(512)
    if (header === undefined || isZero(header)) return
    verifyChecksum(header)
    const flag = String.fromCharCode(header[156] as number)
    const stored = flag === '1' || flag === '2' ? 0 : number(header, 124, 12)
    if (!Number.isSafeInteger(stored) || stored < 0) throw new Error('tar: invalid size')
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      if (stored > maxHeaderBytes) throw new Error('tar: header too long')
      const content = (await bytes.need(stored)).toString('latin1')
      await bytes.skip(padding(stored))
      // global records (git's commit id) say nothing about a file
      if (flag === 'x') pax = parsePax(content)
      else if (flag === 'L') longName = cString(content)
      else if (flag === 'K') longLink = cString(content)
      continue
    }
    const entry = await decode(header, flag, stored, pax, longName, longLink, bytes)
    pax = new Map()
    longName = longLink = undefined
    let unread = entry.stored
    entry.body = async function* () {
      while (unread > 0) {
        const part = await bytes.some(unread)
        unread -= part.length
        yield part
      }
    }
    const pad = entry.padding
    yield entry
    await bytes.skip(unread + pad)
  }
}

async function decode(
  header: Buffer,
  flag: string,
  size: number,
  pax: ReadonlyMap<string, string>,
  longName: string | undefined,
  longLink: string | undefined,
  bytes: ByteReader,
): Promise<TarEntry & { padding: number }> {
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? cString(header.toString('latin1', 345, 500)) : ''
  const short = cString(header.toString('latin1', 0, 100))
  const name = pax.get('GNU.sparse.name') ?? pax.get('path') ?? longName ?? (prefix ? `${prefix}/${short}` : short)
  const paxNumber = (key: string, fallback: number) => {
    const text = pax.get(key)
    if (text === undefined || text === '') return fallback
    const value = Number(text)
    if (!Number.isFinite(value)) throw new Error(`tar: invalid PAX record ${key}`)
    return value
  }
  const type = typeOf(flag, name)
  let stored = type === 'file' ? paxNumber('size', size) : 0
  // a directory or device may carry a size that counts no bytes (old tars); only files and unknown types have content
  const entry: TarEntry & { padding: number } = {
    name,
    type,
    linkname: pax.get('linkpath') ?? longLink ?? cString(header.toString('latin1', 157, 257)),
    mode: number(header, 100, 8) & 0o7777,
    uid: paxNumber('uid', number(header, 108, 8)),
    gid: paxNumber('gid', number(header, 116, 8)),
    size: stored,
    mtime: paxNumber('mtime', number(header, 136, 12)),
    devmajor: number(header, 329, 8),
    devminor: number(header, 337, 8),
    xattrs: xattrsOf(pax),
    stored,
    padding: padding(stored),
    body: () => {
      throw new Error('not positioned')
    },
  }
  if (flag === 'S') {
    entry.sparse = await oldGnuMap(header, bytes)
    entry.size = number(header, 483, 12)
  } else if (pax.get('GNU.sparse.major') === '1') {
    const { map, used } = await paxMap(bytes)
    entry.sparse = map
    entry.size = paxNumber('GNU.sparse.realsize', stored)
    stored -= used
    entry.stored = stored
    entry.padding = padding(stored)
  } else if (pax.has('GNU.sparse.map')) {
    entry.sparse = pairs((pax.get('GNU.sparse.map') as string).split(',').map(Number))
    entry.size = paxNumber('GNU.sparse.size', stored)
  }
  if (entry.sparse !== undefined) {
    const total = entry.sparse.reduce((sum, s) => sum + s.length, 0)
    if (total !== entry.stored || entry.sparse.some(s => !(s.offset >= 0 && s.length >= 0)))
      throw new Error('tar: invalid sparse map')
  }
  return entry
}

function typeOf(flag: string, name: string): TarEntryType {
  switch (flag) {
    case '\0':
      return name.endsWith('/') ? 'directory' : 'file'
    case '0':
    case '7':
    case 'S':
      return 'file'
    case '1':
      return 'link'
    case '2':
      return 'symlink'
    case '3':
      return 'character-device'
    case '4':
      return 'block-device'
    case '5':
      return 'directory'
    case '6':
      return 'fifo'
    default:
      throw new Error(`tar: unhandled entry type ${JSON.stringify(flag)} of ${JSON.stringify(name)}`)
  }
}

/** `25 mtime=1350244992.02396\n…`: lengths count bytes, values are bytes and may hold newlines and NULs. */
export function parsePax(content: string): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(' ', at)
    const length = Number(content.slice(at, space))
    const end = at + length
    if (space === -1 || !Number.isInteger(length) || end > content.length || content[end - 1] !== '\n')
      throw new Error('tar: invalid PAX record')
    const equals = content.indexOf('=', space)
    if (equals === -1 || equals >= end) throw new Error('tar: invalid PAX record')
    records.set(content.slice(space + 1, equals), content.slice(equals + 1, end - 1))
    at = end
  }
  return records
}

function xattrsOf(pax: ReadonlyMap<string, string>): Map<string, Buffer> {
  const xattrs = new Map<string, Buffer>()
  for (const [key, value] of pax) {
    if (key.startsWith('SCHILY.xattr.')) xattrs.set(key.slice('SCHILY.xattr.'.length), Buffer.from(value, 'latin1'))
    else if (key.startsWith('LIBARCHIVE.xattr.'))
      xattrs.set(decodeURIComponent(key.slice('LIBARCHIVE.xattr.'.length)), Buffer.from(value, 'base64'))
  }
  return xattrs
}

async function oldGnuMap(header: Buffer, bytes: ByteReader): Promise<{ offset: number; length: number }[]> {
  const numbers: number[] = []
  const collect = (block: Buffer, start: number, count: number) => {
    for (let i = 0; i < count; i++) {
      const at = start + i * 24
      if (block[at] === 0) return
      numbers.push(number(block, at, 12), number(block, at + 12, 12))
    }
  }
  collect(header, 386, 4)
  let extended = header[482] === 1
  while (extended) {
    const block = await bytes.need(512)
    collect(block, 0, 21)
    extended = block[504] === 1
    if (numbers.length * 12 > maxHeaderBytes) throw new Error('tar: sparse map too long')
  }
  return pairs(numbers)
}

async function paxMap(bytes: ByteReader): Promise<{ map: { offset: number; length: number }[]; used: number }> {
  let text = ''
  let used = 0
  const lines: number[] = []
  while (lines.length === 0 || lines.length < 1 + 2 * (lines[0] as number)) {
    const newline = text.indexOf('\n')
    if (newline === -1) {
      text += (await bytes.need(512)).toString('latin1')
      used += 512
      if (used > maxHeaderBytes) throw new Error('tar: sparse map too long')
      continue
    }
    lines.push(Number(text.slice(0, newline)))
    text = text.slice(newline + 1)
  }
  return { map: pairs(lines.slice(1)), used }
}

function pairs(numbers: readonly number[]): { offset: number; length: number }[] {
  const result: { offset: number; length: number }[] = []
  for (let i = 0; i + 1 < numbers.length; i += 2)
    result.push({ offset: numbers[i] as number, length: numbers[i + 1] as number })
  return result
}

function verifyChecksum(header: Buffer): void {
  let unsigned = 8 * 32
  let signed = 8 * 32
  for (let i = 0; i < 512; i++) {
    if (i >= 148 && i < 156) continue
    const byte = header[i] as number
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte // some old tars summed signed chars
  }
  const text = header.toString('latin1', 148, 156).replace(/\0.*/s, '').trim()
  const sum = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
  if (sum !== unsigned && sum !== signed) throw new Error('tar: invalid header (is this a tar archive?)')
}

/** Octal text, or base 256 when the first bit is set. */
function number(block: Buffer, offset: number, length: number): number {
  const first = block[offset] as number
  if (first & 0x80) {
    let value = first & 0x40 ? -1n : BigInt(first & 0x3f)
    for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(block[offset + i] as number)
    return Number(value)
  }
  const text = cString(block.toString('latin1', offset, offset + length)).trim()
  if (text === '') return 0
  if (!/^[0-7]+$/.test(text)) throw new Error('tar: invalid number in a header')
  return Number.parseInt(text, 8)
}

function cString(text: string): string {
  const end = text.indexOf('\0')
  return end === -1 ? text : text.slice(0, end)
}

function padding(size: number): number {
  return (512 - (size % 512)) % 512
}

function isZero(block: Buffer): boolean {
  for (const byte of block) if (byte !== 0) return false
  return true
}
