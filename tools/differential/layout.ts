/** How a JSON text is printed: `one line`, `indented` as Go's encoder does by two spaces, or `otherwise`; and whether a line ends behind it. */
export function layoutOf(text: string): string | undefined {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text
  const tokens = body.match(token)
  if (tokens === null || !/^[[{]$/.test(tokens[0])) return undefined
  const layout = body === tokens.join('') ? 'one line' : body === indented(tokens) ? 'indented' : 'otherwise'
  return body === text ? layout : `${layout}, and a line's end`
}

const token = /"(?:\\.|[^"\\])*"|[[\]{},:]|[^\s[\]{},:"]+/g

/** Put together anew, by other means than the server's: empty maps and lists stand on one line. */
function indented(tokens: readonly string[]): string {
  let text = ''
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  for (const [i, one] of tokens.entries()) {
    const empty = /^[[{]$/.test(tokens[i - 1] ?? '') && /^[\]}]$/.test(one)
    if (/^[\]}]$/.test(one)) {
      depth--
      text += empty ? one : line() + one
    } else {
      if (/^[[{]$/.test(tokens[i - 1] ?? '')) text += line()
      text += one === ':' ? ': ' : one
      if (one === ',') text += line()
    }
    if (/^[[{]$/.test(one)) depth++
  }
  return text
}
