/** The values of a header, each as it was sent: Node's `headers` joins them, and a value may hold a comma itself. `raw`: names and values in turn, as latin1. */
export function headerValues(raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]?.toLowerCase() === name) values.push(asUtf8(raw[i + 1] ?? ''))
  return values
}

/** Go takes the bytes of a header for UTF-8. */
function asUtf8(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const text = Buffer.from(latin1, 'latin1').toString()
  return text.includes('\ufffd') ? latin1 : text
}
