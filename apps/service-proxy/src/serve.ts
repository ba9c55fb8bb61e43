import type { AddressInfo } from 'node:net'
import { type Clock, type Logger, limitConnections, serverLimits, sleep } from '@kubets/component'

const { createServer } = process.getBuiltinModule('node:http')

export interface Answer {
  status: number
  type: string
  body: string
}

/** Milliseconds between attempts at a port that somebody else has. */
const retryPeriod = 5_000

/**
 * A small HTTP server: a path, an answer; anything else is not found. A port that is taken (a pod in the node's network may have it) is
 * logged and tried again: rules are worth more than the news of them, as upstream has it.
 */
export async function serve(
  at: { host: string; port: number },
  paths: Readonly<Record<string, () => Answer | Promise<Answer>>>,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<AsyncDisposable & { port: number | undefined }> {
  const ended = new AbortController()
  const server = createServer(serverLimits(), (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? ''
    const reads = request.method === 'GET' || request.method === 'HEAD'
    const handler = reads && Object.hasOwn(paths, path) ? paths[path] : undefined
    const missing: Answer = { status: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' }
    Promise.resolve(handler?.() ?? missing).then(
      ({ status, type, body }) =>
        response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body),
      () => response.writeHead(500).end(),
    )
  })
  limitConnections(server)
  const listen = () =>
    new Promise<boolean>(resolve => {
      const fail = (err: Error) => {
        logger.error({ err, ...at }, 'Cannot listen, will be tried again')
        resolve(false)
      }
      server.once('error', fail)
      server.listen(at.port, at.host, () => {
        server.off('error', fail)
        server.unref()
        resolve(true)
      })
    })
  async function keepTrying() {
    do await sleep(retryPeriod, ended.signal, clock)
    while (!ended.signal.aborted && !(await listen()))
  }
  const trying = (await listen()) ? undefined : keepTrying()
  return {
    get port() {
      return (server.address() as AddressInfo | null)?.port
    },
    async [Symbol.asyncDispose]() {
      ended.abort()
      await trying
      server.closeAllConnections()
      if (server.listening) await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
