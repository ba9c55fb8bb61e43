import type { Duplex } from 'node:stream'

const { STATUS_CODES } = process.getBuiltinModule('node:http')

export interface PlainAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Text, as Go's `http.Error` writes it. */
  readonly body: string
}

/** So long a client may take for the answer, and to end its side, ms. */
const patience = 5_000

/** An ordinary HTTP answer to a request that asked for an upgrade; the connection ends with it. */
export function answerUpgrade(connection: Duplex, answer: PlainAnswer): void {
  if (connection.destroyed || !connection.writable) {
    connection.destroy()
    return
  }
  const body = Buffer.from(answer.body)
  const headers: [string, string][] = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['X-Content-Type-Options', 'nosniff'],
    ...Object.entries(answer.headers ?? {}).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
    ),
    ['Content-Length', String(body.length)],
    ['Connection', 'close'],
  ]
  const overridden = new Set(Object.keys(answer.headers ?? {}).map(name => name.toLowerCase()))
  const lines = headers.filter(([name], i) => i >= 2 || !overridden.has(name.toLowerCase()))
  connection.on('error', () => undefined)
  connection.write(
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`,
  )
  connection.end(body)
  // a client that goes on sending would make the kernel reset the connection, and the answer with it
  connection.resume()
  // under TLS Node may never hear how a write ended that the client did not wait for
  const timer = setTimeout(() => connection.destroy(), patience).unref()
  connection.once('close', () => clearTimeout(timer))
  const bothEnded = () => {
    if (connection.readableEnded && connection.writableFinished) connection.destroy()
  }
  connection.once('end', bothEnded)
  connection.once('finish', bothEnded)
}
