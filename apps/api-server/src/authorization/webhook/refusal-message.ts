import { foreignAnswer, unexplained } from '@kubets/apimachinery'

/** Characters of an answer that are repeated. */
const most = 2_048

/** What client-go makes of an answer that is no object: users read it in refusals. */
export function refusalMessage(status: number, body: string): string {
  return foreignAnswer(status, body.slice(0, most).trim()).sentence || unexplained(status)
}

/** Another try may help: the server failed, or says so itself. */
export function mayHelpAgain(status: number, retryAfter: string | undefined): boolean {
  return retryAfter !== undefined || status === 429 || (status >= 500 && status !== 503)
}
