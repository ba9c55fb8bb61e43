import { request } from 'node:https'
import type { Peer } from '../peers/index.ts'

export interface Answer {
  status: number
  text: string
}

/** One request to a peer as its admin. */
export function ask(peer: Peer, method: string, path: string, body?: unknown, contentType = 'application/json') {
  return new Promise<Answer>((resolve, reject) => {
    const asked = request(
      {
        host: peer.address,
        port: peer.port,
        path,
        method,
        ca: peer.ca,
        agent: false,
        timeout: 30_000,
        headers: { authorization: `Bearer ${peer.token}`, 'content-type': contentType },
      },
      answer => {
        let text = ''
        answer.on('data', chunk => {
          text += chunk
        })
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      },
    )
    asked.once('timeout', () => asked.destroy(new Error(`${peer.name} does not answer ${method} ${path}`)))
    asked.once('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** Asks until `accept` is content; undefined after `seconds`. */
export async function askUntil(
  peer: Peer,
  path: string,
  accept: (answer: Answer) => boolean | Promise<boolean>,
  seconds = 10,
): Promise<Answer | undefined> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
    const answer = await ask(peer, 'GET', path)
    if (await accept(answer)) return answer
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return undefined
}
