/** A number as Go prints it: `%v` of a float64. */
export function goNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return value.toString()
  const size = Math.abs(value)
  if (size === 0 || (size >= 1e-4 && size < 1e21)) return String(value)
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}

/** It came as an integer, as far as JSON can tell. */
export const isInteger = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63)
