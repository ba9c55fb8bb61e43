/** Where something stands in an expression: line from 1, column from 0, both in code points. */
export interface Location {
  line: number
  column: number
}

/** Of errors that belong to no place, such as an expression that is nested too deep. */
export const noLocation: Location = { line: -1, column: -1 }

/** One thing wrong with an expression. */
export interface Issue {
  location: Location
  message: string
}

/** An expression's text with what is needed to show where in it something is wrong. */
export class Source {
  readonly codePoints: readonly string[]
  readonly #lines: number[]
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    this.codePoints = Array.from(text)
    this.#lines = [0]
    this.codePoints.forEach((point, index) => {
      if (point === '\n') this.#lines.push(index + 1)
    })
  }

  get text(): string {
    return this.#text
  }

  locationOf(offset: number): Location {
    // an expression without a character has no place
    if (this.#text === '') return { line: 1, column: -1 }
    let line = this.#lines.length
    while ((this.#lines[line - 1] as number) > offset) line--
    return { line, column: offset - (this.#lines[line - 1] as number) }
  }

  lineText(line: number): string | undefined {
    const start = this.#lines[line - 1]
    if (start === undefined || this.#text === '') return undefined
    const next = this.#lines[line]
    return this.codePoints.slice(start, next === undefined ? undefined : next - 1).join('')
  }
}

/** Errors beyond these are only counted. */
const shownAtMost = 100
/** Longer lines are not repeated under the message. */
const longestSnippet = 16_384

/** All issues as clients see them: sorted by place, each with its line and a caret under the place. */
export function displayIssues(source: Source, issues: readonly Issue[]): string {
  const shown = issues.slice(0, shownAtMost)
  const sorted = shown
    .map((issue, index) => ({ issue, index }))
    .sort(
      (a, b) =>
        a.issue.location.line - b.issue.location.line ||
        a.issue.location.column - b.issue.location.column ||
        a.index - b.index,
    )
    .map(({ issue }) => displayIssue(source, issue))
  if (issues.length > shownAtMost) sorted.push(`${issues.length - shownAtMost} more errors were truncated`)
  return sorted.join('\n')
}

function displayIssue(source: Source, { location, message }: Issue): string {
  const head = `ERROR: <input>:${location.line}:${location.column + 1}: ${message}`
  const snippet = source.lineText(location.line)?.replaceAll('\t', ' ')
  if (snippet === undefined || Buffer.byteLength(snippet) > longestSnippet) return head
  const points = Array.from(snippet)
  // a character that takes more than one byte gets a wide dot, so that the caret stands below its place
  const dots = points.slice(0, Math.max(location.column, 0)).map(point => (isWide(point) ? '．' : '.'))
  const here = points[location.column]
  return `${head}\n | ${snippet}\n | ${dots.join('')}${here !== undefined && isWide(here) ? '＾' : '^'}`
}

const isWide = (point: string) => (point.codePointAt(0) as number) > 0x7f
