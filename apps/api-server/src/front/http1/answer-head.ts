const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** Status line of each answer's code, by the version that it is answered in. */
const statusLines: Map<number, string>[] = [new Map(), new Map()]

/** `HTTP/1.1 200 OK`, without the line's end: each header brings its own. */
export function statusLine(minor: 0 | 1, status: number): string {
  const lines = statusLines[minor] as Map<number, string>
  let line = lines.get(status)
  if (line === undefined) {
    line = `HTTP/1.${minor} ${status} ${STATUS_CODES[status] ?? `status code ${status}`}`
    if (lines.size < 1_000) lines.set(status, line)
  }
  return line
}

/** Names as Go writes them, with what stands before and behind. */
const starts = new Map<string, string>()
const mostStarts = 256
const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/

/** A header of an answer, on a line of its own. */
export function headerLine(name: string, value: string): string {
  let start = starts.get(name)
  if (start === undefined) {
    if (!token.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a header`)
    start = `\r\n${canonical(name)}: `
    if (starts.size < mostStarts) starts.set(name, start)
  }
  return start + (plain.test(value) ? value : safe(value))
}

/** `content-type` as `Content-Type`. */
const canonical = (name: string) => name.toLowerCase().replace(/(?:^|-)[a-z]/g, part => part.toUpperCase())

const plain = /^[\t\x20-\x7e\x80-\xff]*$/
/** A value may not end its line; what is no latin1 is sent as UTF-8. */
const safe = (value: string) => Buffer.from(value.replace(/[^\t -~\x80-\uffff]/g, ' ')).toString('latin1')

let dated = ''
let second = 0

/** RFC 9110, 6.6.1: a server with a clock says when it answered. */
export function dateLine(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    dated = `\r\nDate: ${new Date(now * 1000).toUTCString()}`
  }
  return dated
}
