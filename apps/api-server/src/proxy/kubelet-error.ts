import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest, internalError } from '@kubets/apimachinery'

/** Of an error's body so much is shown. */
const maxErrorBytes = 64 * 1024

/** A kubelet's refusal as a Status: its text for 400 and 500, upstream's general sentences for the rest. */
export async function kubeletError(response: IncomingMessage, name: string): Promise<ApiError> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (size < maxErrorBytes) chunks.push(chunk)
    size += chunk.length
  }
  const text = Buffer.concat(chunks).subarray(0, maxErrorBytes).toString('utf8').trim()
  const code = response.statusCode ?? 500
  if (code < 400) return internalError(`the kubelet answered an upgrade request with status ${code}`)
  if (code === 400) return badRequest(text)
  if (code === 500) return internalError(text)
  const [reason, sentence] = general[code] ?? [
    '',
    `the server responded with the status code ${code} but did not return more information`,
  ]
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${sentence} ( pods ${name})`,
    ...(reason === '' ? {} : { reason }),
    details: {
      name,
      kind: 'pods',
      ...(text === '' ? {} : { causes: [{ reason: 'UnexpectedServerResponse', message: text }] }),
    },
    code,
  })
}

const general: Readonly<Record<number, readonly [string, string]>> = {
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow access to the requested resource'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
}
