/** What upstream refuses before it knows in which form the client wants its answers: a line of text, no Status. */
export class PlainTextRefusal extends Error {
  override readonly name = 'PlainTextRefusal'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
