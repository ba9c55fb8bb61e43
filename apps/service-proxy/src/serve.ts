import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  status: number
  type: string
  body: string
}

/** A small HTTP server: a path, an answer. Anything else is not found. */
export async function serve(
  at: { host: string; port: number },
  paths: Readonly<Record<string, () => Answer | Promise<Answer>>>,
): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((request, response) => {
    const handler = paths[new URL(request.url ?? '/', 'http://proxy').pathname]
    const missing: Answer = { status: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' }
    Promise.resolve(handler?.() ?? missing).then(
      ({ status, type, body }) =>
        response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.host, resolve)
  })
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
