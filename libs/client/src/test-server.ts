import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** A request as a test's handler sees it. */
export interface TestRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
  body: string
  stream: ServerHttp2Stream
  /** Answers with a status and JSON. */
  json(status: number, value: unknown, headers?: Record<string, string>): void
}

export interface TestServer extends AsyncDisposable {
  url: string
  requests: TestRequest[]
  sessions: Set<ServerHttp2Session>
  handler: (request: TestRequest) => void
  /** Closes the listener and every connection at once, as a kill does; `start` listens on the same port again. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** An http2 server without TLS for this library's tests: the answers come from `handler`. */
export async function startTestServer(handler: (request: TestRequest) => void): Promise<TestServer> {
  let server: Http2Server
  let port = 0
  const sessions = new Set<ServerHttp2Session>()
  const listen = () =>
    new Promise<void>(resolve => {
      // by default Node refuses streams once 10 MB are unsent; tests stall more than that on purpose
      server = createServer({ maxSessionMemory: 1_000 })
      server.on('session', session => {
        sessions.add(session)
        session.on('error', () => undefined)
        session.on('close', () => sessions.delete(session))
      })
      server.on('stream', (stream, headers) => {
        const chunks: Buffer[] = []
        stream.on('error', () => undefined)
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const url = new URL(String(headers[':path']), 'http://test')
          const request: TestRequest = {
            method: String(headers[':method']),
            path: url.pathname,
            query: url.searchParams,
            headers,
            body: Buffer.concat(chunks).toString('utf8'),
            stream,
            json(status, value, extra = {}) {
              stream.respond({ ':status': status, 'content-type': 'application/json', ...extra })
              stream.end(JSON.stringify(value))
            },
          }
          test.requests.push(request)
          test.handler(request)
        })
      })
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  const kill = async () => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const session of sessions) session.destroy()
    await closed
  }
  const test: TestServer = {
    url: '',
    requests: [],
    sessions,
    handler,
    kill,
    start: listen,
    [Symbol.asyncDispose]: kill,
  }
  await listen()
  test.url = `http://127.0.0.1:${port}`
  return test
}
