/** A value that is JSON already: canonical encoders write its text as it is. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
