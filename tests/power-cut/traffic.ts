/** The keys of one writer: few enough to be written again and deleted. */
export const keyOf = (writer: number, number: number) => `/registry/pods/default/${writer}-${number % 50}`

/** A value that tells its number and is long enough for pages of its own now and then. */
export function bodyOf(number: number): Buffer {
  const line = `{"number":${number},"text":"${(number * 2_654_435_761).toString(36)}"}\n`
  return Buffer.from(line.repeat(1 + (number % 100)))
}
