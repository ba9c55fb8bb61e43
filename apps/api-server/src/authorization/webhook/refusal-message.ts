const messages: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}
/** Characters of an answer that are repeated. */
const most = 2_048

/** What client-go makes of an answer that is no object: users read it in refusals. */
export function refusalMessage(status: number, body: string): string {
  const said = body.slice(0, most).trim()
  const known = messages[status]
  if (known !== undefined) return known
  if (status >= 500) return `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`
  if (said !== '' && (status === 403 || status === 406 || status === 415)) return said
  return `the server responded with the status code ${status} but did not return more information`
}

/** Another try may help: the server failed, or says so itself. */
export function mayHelpAgain(status: number, retryAfter: string | undefined): boolean {
  return retryAfter !== undefined || status === 429 || (status >= 500 && status !== 503)
}
