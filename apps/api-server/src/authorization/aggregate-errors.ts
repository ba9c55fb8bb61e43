/** Several errors as upstream tells them: each once, in brackets when there are several. undefined: there are none. */
export function aggregateErrors(messages: readonly string[]): string | undefined {
  const told = [...new Set(messages)]
  return told.length < 2 ? told[0] : `[${told.join(', ')}]`
}
