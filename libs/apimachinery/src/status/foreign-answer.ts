/**
 * Reason and sentence of an answer of a server that says no Status, by its code alone; where the server explains itself, its own text. Other codes under 500 have no
 * reason. As k8s.io/apimachinery's `NewGenericServerResponse` has them.
 */
export function foreignAnswer(code: number, text: string): { reason: string; sentence: string } {
  const known = answers[code]
  if (known !== undefined) return { reason: known[0], sentence: known[1] ?? text }
  if (code >= 500)
    return {
      reason: 'InternalError',
      sentence: `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`,
    }
  return { reason: '', sentence: unexplained(code) }
}

export const unexplained = (code: number) =>
  `the server responded with the status code ${code} but did not return more information`

const answers: Readonly<Record<number, readonly [reason: string, sentence?: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable'],
  409: ['Conflict', 'the server reported a conflict'],
  415: ['UnsupportedMediaType'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
}
