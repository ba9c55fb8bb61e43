/** A value that is JSON already: canonical encoders write its text as it is. */
export class JsonText {
  /** Bytes are UTF-8. */
  readonly json: string | Uint8Array
  constructor(json: string | Uint8Array) {
    this.json = json
  }
}
