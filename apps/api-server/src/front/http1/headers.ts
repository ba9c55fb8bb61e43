import type { IncomingHttpHeaders } from 'node:http'

/** Of these the first one counts, as Node has it: two of them say nothing together. */
const single = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** The headers of a request by their names in lower case, several of one name joined as Node joins them. `raw`: names and values in turn. */
export function headersOf(raw: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string | string[]> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerCase(raw[i] as string)
    const value = raw[i + 1] as string
    // a name like `__proto__` is nobody's but the client's
    if (name in headers) join(headers, name, value)
    else headers[name] = name === 'set-cookie' ? [value] : value
  }
  return headers
}

function join(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (before === undefined)
    Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
  else if (Array.isArray(before)) before.push(value)
  else if (!single.has(name)) headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`
}

/** Names in lower case that were seen before: clients write each in one way. */
const known = new Map<string, string>()
/** Whatever more come are made anew each time. */
const mostKnown = 256

export function lowerCase(name: string): string {
  const found = known.get(name)
  if (found !== undefined) return found
  const lower = name.toLowerCase()
  if (known.size < mostKnown && name.length < 64) known.set(own(name), own(lower))
  return lower
}

/** A copy: a part of a head would keep all of it, up to 1 MiB, as long as itself. */
export const own = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
