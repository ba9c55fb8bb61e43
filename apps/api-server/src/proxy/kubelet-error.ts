import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest, foreignAnswer, internalError, plainError } from '@kubets/apimachinery'

/** Of an error's body so much is shown. */
const maxErrorBytes = 50_000

/** A kubelet's refusal to show a log, as a Status: its text for 400 and 500, upstream's general sentences for the rest. */
export async function kubeletError(response: IncomingMessage, name: string): Promise<ApiError> {
  const { statusCode: code = 500, headers } = response
  if (redirects.has(code) && headers.location !== undefined) {
    response.destroy()
    return plainError(`Get ${JSON.stringify(headers.location)}: redirects forbidden`)
  }
  const text = await textOf(response)
  if (code === 400) return badRequest(text)
  if (code === 500) return internalError(text)
  const { reason, sentence } = foreignAnswer(code, text)
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${sentence} ( pods/log ${name})`,
    ...(reason === '' ? {} : { reason }),
    details: { name, kind: 'pods/log' },
    code,
  })
}

const redirects = new Set([301, 302, 303, 307, 308])

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (size < maxErrorBytes) chunks.push(chunk)
    size += chunk.length
  }
  return Buffer.concat(chunks).subarray(0, maxErrorBytes).toString('utf8')
}
