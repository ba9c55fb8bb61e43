import { request } from 'node:https'

/** Whether `/readyz` answers 200. */
export function isReady(peer: { address: string; port: number; ca: string; token: string }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: peer.address,
        port: peer.port,
        path: '/readyz',
        ca: peer.ca,
        headers: { authorization: `Bearer ${peer.token}` },
        timeout: 5000,
        agent: false,
      },
      answer => {
        answer.resume()
        resolve(answer.statusCode === 200)
      },
    )
    asked.once('timeout', () => asked.destroy(new Error('no answer from /readyz')))
    asked.once('error', reject)
    asked.end()
  })
}
