import { Agent, request as httpsRequest } from 'node:https'
import { type FuzzAnswer, patience } from './judge.ts'
import type { FuzzRequest } from './request.ts'

export interface Connection {
  send(request: FuzzRequest): Promise<FuzzAnswer>
  close(): void
}

/** HTTP/1.1 to the server under test. Paths go out as they are: Node's own check of them is passed by. */
export function connect(options: { port: number; ca: string; cert: string; key: string }): Connection {
  const agent = new Agent({ ...options, keepAlive: true, maxSockets: 16, ALPNProtocols: ['http/1.1'] })
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers, body }) =>
      new Promise(resolve => {
        const begun = performance.now()
        const answer = (status: number, got: FuzzAnswer['headers'], text: string) =>
          resolve({ status, headers: got, text, milliseconds: performance.now() - begun })
        const outgoing = httpsRequest(
          {
            host: '127.0.0.1',
            port: options.port,
            agent,
            method,
            path: path.replace(/[^!-~]/g, '%'),
            headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
          },
          response => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.once('end', () =>
              answer(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString('utf8')),
            )
            response.once('error', error => answer(0, {}, error.message))
          },
        )
        outgoing.setTimeout(patience * 2, () => outgoing.destroy(new Error('no answer')))
        outgoing.once('error', error => answer(0, {}, error.message))
        outgoing.end(body)
      }),
  }
}
