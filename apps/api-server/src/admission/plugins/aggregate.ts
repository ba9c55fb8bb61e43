/** Several reasons to refuse, in upstream's form: each once; one alone stands without brackets. */
export function joinReasons(reasons: readonly string[]): string | undefined {
  const distinct = [...new Set(reasons)]
  return distinct.length > 1 ? `[${distinct.join(', ')}]` : distinct[0]
}
