import { type GoUrl, goQuote, parseGoUrl } from '@kubets/apimachinery'
import { declare, type Library } from '../check/declarations.ts'
import { structType, type Type } from '../check/types.ts'
import { Failure, LibraryValue, LiteralMap, type Value } from '../evaluate/values.ts'

export const urlType = structType('kubernetes.URL')
const types = new Map([['url', urlType]])

class UrlValue extends LibraryValue {
  readonly type: Type = urlType
  readonly #text: string
  readonly url: GoUrl

  constructor(text: string, url: GoUrl) {
    super()
    this.#text = text
    this.url = url
  }

  equals(other: LibraryValue): boolean {
    return other instanceof UrlValue && other.#text === this.#text
  }
}

/** Absolute URLs, and paths. */
function parse(text: string): UrlValue | string {
  if (text === '') return `parse ${goQuote(text)}: empty url`
  const url = parseGoUrl(text)
  if (typeof url === 'string') return url
  if (url.scheme === '' && !text.startsWith('/')) return `parse ${goQuote(text)}: invalid URI for request`
  return new UrlValue(text, url)
}

const hostname = ({ url }: UrlValue) => url.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
const port = ({ url }: UrlValue) => /:(\d*)$/.exec(url.host)?.[1] ?? ''

/** A path with what must be escaped escaped, and left as it is where that is right already. */
function escapedPath({ url }: UrlValue): string {
  const valid = /^([A-Za-z0-9\-._~!$&'()*+,;=:@/[\]]|%[0-9A-Fa-f]{2})*$/.test(url.path)
  if (valid) return url.path
  return encodeURI(decodeURIComponent(url.path)).replace(/[#?]/g, encodeURIComponent)
}

function query({ url }: UrlValue): Value {
  const values = new Map<string, string[]>()
  for (const part of url.query.split('&')) {
    if (part === '' || part.includes(';')) continue
    const [key, value] = part.split(/=(.*)/s, 2).map(decoded) as [string | undefined, string | undefined]
    if (key === undefined || (part.includes('=') && value === undefined)) continue
    values.set(key, [...(values.get(key) ?? []), value ?? ''])
  }
  return new LiteralMap(values)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

export const urls: Library = {
  name: 'urls',
  types,
  functions: [
    declare(
      'url',
      { string_to_url: '(string) -> url' },
      (text: string) => {
        const found = parse(text)
        return typeof found === 'string'
          ? new Failure(`URL parse error during conversion from string: ${found}`)
          : found
      },
      types,
    ),
    declare('getScheme', { url_get_scheme: 'url.() -> string' }, ({ url }: UrlValue) => url.scheme, types),
    declare('getHost', { url_get_host: 'url.() -> string' }, ({ url }: UrlValue) => url.host, types),
    declare('getHostname', { url_get_hostname: 'url.() -> string' }, hostname, types),
    declare('getPort', { url_get_port: 'url.() -> string' }, port, types),
    declare('getEscapedPath', { url_get_escaped_path: 'url.() -> string' }, escapedPath, types),
    declare('getQuery', { url_get_query: 'url.() -> map(string, list(string))' }, query, types),
    declare('isURL', { is_url_string: '(string) -> bool' }, (text: string) => typeof parse(text) !== 'string'),
  ],
}
