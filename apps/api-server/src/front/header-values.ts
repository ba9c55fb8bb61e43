/** The values of a header, each as it was sent: Node's `headers` joins them, and a value may hold a comma itself. `raw`: names and values in turn. */
export function headerValues(raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]?.toLowerCase() === name) values.push(raw[i + 1] ?? '')
  return values
}
