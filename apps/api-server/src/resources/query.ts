import { type ApiError, badRequest } from '@kubets/apimachinery'

const maxInt64 = 2n ** 63n - 1n
const maxUint64 = 2n ** 64n - 1n

/** A number of a query (`limit=5`), as Go reads it. */
export function intParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.size === 0 ? null : query.get(name)
  if (text === null || text === '') return undefined
  const wrong = !/^[+-]?\d+$/.test(text)
    ? 'invalid syntax'
    : BigInt(text.replace('+', '')) > maxInt64 || BigInt(text.replace('+', '')) < -maxInt64 - 1n
      ? 'value out of range'
      : undefined
  if (wrong !== undefined) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${wrong}`)
  return Number(text)
}

/** A boolean of a query: `true`, `1` and the bare name; `undefined` when absent. */
export function boolParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.size === 0 ? null : query.get(name)
  if (text === null) return undefined
  return text !== 'false' && text !== '0'
}

/** A resourceVersion of a query; `undefined` when absent or empty. `refuse` makes the error of one that is no number. */
export function resourceVersionParameter(
  query: URLSearchParams,
  refuse: (message: string) => ApiError = message => badRequest(`invalid resource version: ${message}`),
): number | undefined {
  const text = query.size === 0 ? null : query.get('resourceVersion')
  if (text === null || text === '') return undefined
  const wrong = !/^\d+$/.test(text) ? 'invalid syntax' : BigInt(text) > maxUint64 ? 'value out of range' : undefined
  if (wrong !== undefined)
    throw refuse(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${wrong}`,
    )
  return Number(text)
}
