import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest, internalError, plainError } from '@kubets/apimachinery'

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
  const [reason, sentence] = general(code, text)
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

/** Reason and sentence of a status; some are explained by whoever refuses. */
function general(code: number, text: string): readonly [reason: string, sentence: string] {
  switch (code) {
    case 401:
      return ['Unauthorized', 'the server has asked for the client to provide credentials']
    case 403:
      return ['Forbidden', text]
    case 404:
      return ['NotFound', 'the server could not find the requested resource']
    case 405:
      return ['MethodNotAllowed', 'the server does not allow this method on the requested resource']
    case 422:
      return ['Invalid', 'the server rejected our request due to an error in our request']
    case 429:
      return ['TooManyRequests', 'the server has received too many requests and has asked us to try again later']
    case 503:
      return ['ServiceUnavailable', 'the server is currently unable to handle the request']
    case 504:
      return [
        'Timeout',
        'the server was unable to return a response in the time allotted, but may still be processing the request',
      ]
  }
  if (code >= 500)
    return [
      'InternalError',
      `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`,
    ]
  return ['', `the server responded with the status code ${code} but did not return more information`]
}
