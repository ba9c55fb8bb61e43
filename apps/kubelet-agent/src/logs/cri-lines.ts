/** What of a CRI log is shown. `atLineStart` is state: it passes from one call to the next. */
export interface LineFilter {
  readonly timestamps: boolean
  readonly stream: 'All' | 'Stdout' | 'Stderr'
  readonly since?: number
  /** False while a line that came in parts (tag P) is not over. */
  atLineStart: boolean
}

const space = 32
const newline = 10
const partial = 80 // P

/** Turns whole lines of `TIME STREAM TAG TEXT` into what the container printed. A line that is none is left out. */
export function formatLines(lines: Buffer, filter: LineFilter): Buffer {
  const parts: Buffer[] = []
  const wanted = filter.stream === 'All' ? undefined : filter.stream.toLowerCase()
  for (let from = 0; from < lines.length; ) {
    const found = lines.indexOf(newline, from)
    const end = found === -1 ? lines.length : found
    const first = lines.indexOf(space, from)
    const second = lines.indexOf(space, first + 1)
    const third = lines.indexOf(space, second + 1)
    const start = from
    from = end + 1
    if (first === -1 || second === -1 || third === -1 || third > end) continue
    if (wanted !== undefined && lines.toString('latin1', first + 1, second) !== wanted) continue
    const time = lines.toString('latin1', start, first)
    if (filter.since !== undefined && !(Date.parse(time) >= filter.since)) continue
    if (filter.timestamps && filter.atLineStart) parts.push(Buffer.from(`${time.replace(/\+00:00$/, 'Z')} `))
    // the tag may be several, joined by colons; P stands alone or first
    filter.atLineStart = lines[second + 1] !== partial
    parts.push(lines.subarray(third + 1, end))
    if (filter.atLineStart) parts.push(lineFeed)
  }
  return Buffer.concat(parts)
}

const lineFeed = Buffer.from('\n')
