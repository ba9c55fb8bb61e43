/** One line of a CRI log: `2026-11-24T13:00:00.123456789Z stdout F text`. */
export interface LogLine {
  timestamp: string
  stream: string
  /** P: the line goes on in the next entry. */
  partial: boolean
  text: Buffer
}

/** Undefined for a line that is none, such as the half of one that a crash left. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(0x20)
  const second = line.indexOf(0x20, first + 1)
  if (first <= 0 || second === -1) return undefined
  const third = line.indexOf(0x20, second + 1)
  const tags = line.toString('latin1', second + 1, third === -1 ? line.length : third)
  return {
    timestamp: line.toString('latin1', 0, first),
    stream: line.toString('latin1', first + 1, second),
    partial: tags.split(':')[0] === 'P',
    text: third === -1 ? Buffer.alloc(0) : line.subarray(third + 1),
  }
}
