import { goQuote } from '@kubets/apimachinery'

/** `1,3-5,7`: indexes as an Indexed Job writes them, in rising order. Throws an Error with upstream's sentence. */
export function countIndexes(text: string, completions: number): number {
  if (text === '') return 0
  let last: number | undefined
  let total = 0
  for (const interval of text.split(',')) {
    const [first, end] = parseInterval(interval, completions)
    if (last !== undefined && last >= first) {
      throw new Error(`non-increasing order, previous: ${last}, current: ${first}`)
    }
    total += end - first + 1
    last = end
  }
  return total
}

/** The first index that stands in both texts. Intervals that are none are passed over: their own check tells. */
export function overlap(completed: string, failed: string, completions: number): number | undefined {
  if (completed === '' || failed === '') return undefined
  const [a, b] = [intervals(completed, completions), intervals(failed, completions)]
  let [i, j] = [0, 0]
  for (;;) {
    const [x, y] = [a[i], b[j]]
    if (x === undefined || y === undefined) return undefined
    if (x[0] <= y[1] && y[0] <= x[1]) return Math.max(x[0], y[0])
    if (x[0] <= y[0]) i++
    else j++
  }
}

function intervals(text: string, completions: number): [number, number][] {
  return text.split(',').flatMap(interval => {
    try {
      return [parseInterval(interval, completions)]
    } catch {
      return []
    }
  })
}

function parseInterval(interval: string, completions: number): [number, number] {
  const limits = interval.split('-')
  if (limits.length > 2) {
    const text = "violates the requirement that an index interval can have at most two parts separated by '-'"
    throw new Error(`the fragment ${goQuote(interval)} ${text}`)
  }
  const first = parseIndex(limits[0] ?? '', completions)
  if (limits[1] === undefined) return [first, first]
  const last = parseIndex(limits[1], completions)
  if (first >= last) throw new Error(`non-increasing order, previous: ${first}, current: ${last}`)
  return [first, last]
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`cannot convert string to integer for index: ${goQuote(text)}`)
  const index = Number(text)
  if (index >= completions) throw new Error(`too large index: ${goQuote(text)}`)
  return index
}
