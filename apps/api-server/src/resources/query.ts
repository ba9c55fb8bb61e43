import { badRequest } from '@kubets/apimachinery'

/** A number of a query (`limit=5`), as Go reads it. */
export function intParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.size === 0 ? null : query.get(name)
  if (text === null || text === '') return undefined
  if (!/^[+-]?\d{1,18}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

/** A boolean of a query: `true`, `1` and the bare name; `undefined` when absent. */
export function boolParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.size === 0 ? null : query.get(name)
  if (text === null) return undefined
  return text !== 'false' && text !== '0'
}

/** A resourceVersion of a query; `undefined` when absent or empty. */
export function resourceVersionParameter(query: URLSearchParams): number | undefined {
  const text = query.size === 0 ? null : query.get('resourceVersion')
  if (text === null || text === '') return undefined
  if (!/^\d{1,16}$/.test(text))
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  return Number(text)
}
