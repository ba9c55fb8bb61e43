/** Archives for tests, hostile ones included: writes whatever it is told. */
export interface TestEntry {
  name: string
  type?: 'file' | 'link' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo'
  content?: string | Uint8Array
  linkname?: string
  mode?: number
  uid?: number
  gid?: number
  mtime?: number
  major?: number
  minor?: number
  xattrs?: Record<string, Uint8Array>
  /** More PAX records, `path` for instance. */
  pax?: Record<string, string>
}

const flags = { file: '0', link: '1', symlink: '2', char: '3', block: '4', directory: '5', fifo: '6' }

export function makeTar(entries: readonly TestEntry[]): Buffer {
  const parts: Buffer[] = []
  for (const entry of entries) {
    const records = new Map<string, Buffer>()
    for (const [key, value] of Object.entries(entry.pax ?? {})) records.set(key, Buffer.from(value))
    for (const [key, value] of Object.entries(entry.xattrs ?? {}))
      records.set(`SCHILY.xattr.${key}`, Buffer.from(value))
    if (records.size > 0) {
      const body = Buffer.concat([...records].map(([key, value]) => paxRecord(key, value)))
      parts.push(header({ name: 'PaxHeader' }, 'x', body.length), padded(body))
    }
    const content = Buffer.from(entry.content ?? '')
    parts.push(header(entry, flags[entry.type ?? 'file'], content.length), padded(content))
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

function paxRecord(key: string, value: Buffer): Buffer {
  const tail = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = tail.length
  while (String(length).length + tail.length !== length) length = String(length).length + tail.length
  return Buffer.concat([Buffer.from(String(length)), tail])
}

function header(entry: TestEntry, flag: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  const octal = (value: number, digits: number, at: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at)
  block.write(entry.name.slice(0, 100), 0, 'latin1')
  octal(entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644), 7, 100)
  octal(entry.uid ?? 0, 7, 108)
  octal(entry.gid ?? 0, 7, 116)
  octal(size, 11, 124)
  octal(entry.mtime ?? 1_000_000_000, 11, 136)
  block.write('        ', 148)
  block.write(flag, 156)
  block.write(entry.linkname ?? '', 157, 'latin1')
  block.write('ustar\x0000', 257)
  octal(entry.major ?? 0, 7, 329)
  octal(entry.minor ?? 0, 7, 337)
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    6,
    148,
  )
  return block
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}
