import { append } from '@kubets/apimachinery'

/** Lines around a change. */
const context = 3
/** More lines than this are not compared one by one: what lies between equal beginnings and ends is one change then. */
const maxLines = 4000

/** A stretch of lines in both texts: equal lines, or lines of the first (`from` to `to`) in place of which the second has its own. */
interface Stretch {
  readonly equal: boolean
  readonly a: readonly [from: number, to: number]
  readonly b: readonly [from: number, to: number]
}

/** Two JSON values as upstream compares them: printed over several lines, the changed ones with `-` and `+`, as `diff -u` shows them without file names. */
export function unifiedDiff(old: unknown, now: unknown): string {
  const [a, b] = [linesOf(old), linesOf(now)]
  return groups(stretches(a, b))
    .map(group => hunk(group, a, b))
    .join('')
}

function linesOf(value: unknown): string[] {
  const exact = (_: string, member: unknown) => (typeof member === 'bigint' ? Number(member) : member)
  const text = JSON.stringify(value ?? null, exact, 1)
  // Go's encoder writes what HTML has a use for as escapes
  return text.replace(/[<>&]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`).split('\n')
}

/**
 * Longest common stretches first, then what lies left and right of each (Ratcliff and Obershelp). Lines that make up more than a hundredth
 * of a long text begin no stretch: closing brackets would pair what does not belong together.
 */
class Matcher {
  readonly #a: readonly string[]
  readonly #b: readonly string[]
  readonly #places = new Map<string, number[]>()

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a
    this.#b = b
    b.forEach((line, index) => {
      const places = this.#places.get(line)
      if (places === undefined) this.#places.set(line, [index])
      else places.push(index)
    })
    if (b.length < 200) return
    const popular = Math.floor(b.length / 100) + 1
    for (const [line, places] of this.#places) if (places.length > popular) this.#places.delete(line)
  }

  /** Equal stretches, each as `[start in a, start in b, length]`, in order. */
  blocks(): [number, number, number][] {
    const found: [number, number, number][] = []
    const queue: [number, number, number, number][] = [[0, this.#a.length, 0, this.#b.length]]
    for (let part = queue.pop(); part !== undefined; part = queue.pop()) {
      const [fromA, toA, fromB, toB] = part
      const [i, j, size] = this.#longest(fromA, toA, fromB, toB)
      if (size === 0) continue
      found.push([i, j, size])
      if (fromA < i && fromB < j) queue.push([fromA, i, fromB, j])
      if (i + size < toA && j + size < toB) queue.push([i + size, toA, j + size, toB])
    }
    return found.sort((x, y) => x[0] - y[0] || x[1] - y[1])
  }

  /** Of equally long ones the one that begins first. */
  #longest(fromA: number, toA: number, fromB: number, toB: number): [number, number, number] {
    let [bestA, bestB, size] = [fromA, fromB, 0]
    let ending = new Map<number, number>()
    for (let i = fromA; i < toA; i++) {
      const next = new Map<number, number>()
      for (const j of this.#places.get(this.#a[i] as string) ?? []) {
        if (j < fromB) continue
        if (j >= toB) break
        const length = (ending.get(j - 1) ?? 0) + 1
        next.set(j, length)
        if (length > size) [bestA, bestB, size] = [i - length + 1, j - length + 1, length]
      }
      ending = next
    }
    // popular lines beside it belong to it
    while (bestA > fromA && bestB > fromB && this.#a[bestA - 1] === this.#b[bestB - 1]) {
      bestA--
      bestB--
      size++
    }
    while (bestA + size < toA && bestB + size < toB && this.#a[bestA + size] === this.#b[bestB + size]) size++
    return [bestA, bestB, size]
  }
}

function stretches(a: readonly string[], b: readonly string[]): Stretch[] {
  const found: Stretch[] = []
  let [i, j] = [0, 0]
  for (const [atA, atB, size] of [...blocksOf(a, b), [a.length, b.length, 0] as const]) {
    if (i < atA || j < atB) found.push({ equal: false, a: [i, atA], b: [j, atB] })
    const last = found.at(-1)
    if (size > 0) {
      if (last?.equal) found[found.length - 1] = { equal: true, a: [last.a[0], atA + size], b: [last.b[0], atB + size] }
      else found.push({ equal: true, a: [atA, atA + size], b: [atB, atB + size] })
    }
    i = atA + size
    j = atB + size
  }
  return found
}

function blocksOf(a: readonly string[], b: readonly string[]): [number, number, number][] {
  if (a.length + b.length <= maxLines) return new Matcher(a, b).blocks()
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return [
    [0, 0, start],
    [a.length - end, b.length - end, end],
  ]
}

/** Changes with their surroundings; those that are near each other together. */
function groups(all: readonly Stretch[]): Stretch[][] {
  const found: Stretch[][] = []
  let group: Stretch[] = []
  all.forEach((stretch, index) => {
    if (!stretch.equal) {
      group.push(stretch)
      return
    }
    const { a, b } = stretch
    const [first, last] = [index === 0, index === all.length - 1]
    const head: Stretch = { equal: true, a: [a[0], a[0] + context], b: [b[0], b[0] + context] }
    const tail: Stretch = { equal: true, a: [a[1] - context, a[1]], b: [b[1] - context, b[1]] }
    const long = a[1] - a[0] > (first || last ? context : 2 * context)
    if (!long) {
      group.push(stretch)
      return
    }
    if (!first) group.push(head)
    if (first || last) {
      if (first) group.push(tail)
      return
    }
    found.push(group)
    group = [tail]
  })
  if (group.some(({ equal }) => !equal)) found.push(group)
  return found
}

function hunk(group: readonly Stretch[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [group[0] as Stretch, group.at(-1) as Stretch]
  const lines = [`@@ -${range(first.a[0], last.a[1])} +${range(first.b[0], last.b[1])} @@`]
  for (const stretch of group) {
    if (stretch.equal)
      append(
        lines,
        a.slice(...stretch.a).map(line => ` ${line}`),
      )
    else {
      append(
        lines,
        a.slice(...stretch.a).map(line => `-${line}`),
      )
      append(
        lines,
        b.slice(...stretch.b).map(line => `+${line}`),
      )
    }
  }
  return `${lines.join('\n')}\n`
}

/** `start,length` from 1; the length is left out when it is 1. */
function range(from: number, to: number): string {
  const length = to - from
  if (length === 1) return String(from + 1)
  return `${length === 0 ? from : from + 1},${length}`
}
