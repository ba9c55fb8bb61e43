/** What a page of the file holds cannot be. */
export class PageDamage extends Error {
  override readonly name = 'PageDamage'
  readonly page: number
  constructor(page: number, what: string) {
    super(what)
    this.page = page
  }
}
