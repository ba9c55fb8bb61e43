import { Agent, request } from 'node:https'

/** An answer larger than this is none. */
const maxBytes = 1 << 20
const timeout = 30_000

/** GETs JSON over HTTPS, of a server with a certificate of `ca` (PEM; default: the authorities that Node knows). Redirects are not followed. */
export async function fetchJson(url: string, ca: string | undefined, stop: AbortSignal): Promise<unknown> {
  const agent = new Agent({ keepAlive: false, ...(ca === undefined ? {} : { ca }) })
  const text = await new Promise<string>((resolve, reject) => {
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), stop])
    const asked = request(url, { agent, signal, headers: { accept: 'application/json' } }, response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > maxBytes) asked.destroy(new Error(`the answer of ${url} is too large`))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8')
        if (response.statusCode === 200) resolve(body)
        else reject(new Error(`${response.statusCode} ${response.statusMessage}: ${body.slice(0, 1_000)}`))
      })
    })
    asked.on('error', error => reject(new Error(`Get ${JSON.stringify(url)}: ${error.message}`, { cause: error })))
    asked.end()
  }).finally(() => agent.destroy())
  return JSON.parse(text)
}
