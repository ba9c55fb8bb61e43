/** An answer other than 200: status and a text for people, as upstream's kubelet gives. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
