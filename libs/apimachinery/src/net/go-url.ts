import { goQuote } from '../status/field-errors.ts'

/** The parts of a URL that rules ask for. */
export interface GoUrl {
  readonly scheme: string
  /** As Go prints it: escaped, with the password. Undefined: there is none. */
  readonly user?: string
  readonly host: string
  /** As written. */
  readonly path: string
  readonly fragment: string
  readonly query: string
}

/** A URL as Go's net/url reads it, or what its error says: it takes much that WHATWG's parser refuses, and the other way round. */
export function parseGoUrl(text: string): GoUrl | string {
  const failed = (reason: string) => `parse ${goQuote(text)}: ${reason}`
  const [before = '', ...after] = text.split('#')
  const fragment = after.join('#')
  if (hasControl(before)) return `parse ${goQuote(before)}: net/url: invalid control character in URL`
  const scheme = schemeOf(before)
  if (scheme === undefined) return failed('missing protocol scheme')
  const { path, query } = cutQuery(scheme === '' ? before : before.slice(scheme.length + 1))
  const found = { scheme: scheme.toLowerCase(), fragment, query }
  if (!path.startsWith('/')) {
    if (scheme !== '') return { ...found, host: '', path: '' }
    if ((path.split('/')[0] ?? '').includes(':')) return failed('first path segment in URL cannot contain colon')
  }
  const authority = path.startsWith('//') && (scheme !== '' || !path.startsWith('///'))
  const slash = authority ? path.indexOf('/', 2) : 0
  const end = slash < 0 ? path.length : slash
  const badEscape = escapeError(path.slice(end)) ?? escapeError(fragment)
  const [user, host] = authority ? splitUser(path.slice(2, end)) : [undefined, '']
  const wrong =
    wrongHost(host) ?? (user === undefined || userPattern.test(user) ? undefined : 'net/url: invalid userinfo')
  if (wrong !== undefined) return failed(wrong)
  if (badEscape !== undefined) return failed(badEscape)
  return { ...found, host, path: path.slice(end), ...(user === undefined ? {} : { user }) }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const hasControl = (text: string) => /[\u0000-\u001f\u007f]/.test(text)
const userPattern = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/

/** '' when there is none; undefined when there should be one. */
function schemeOf(text: string): string | undefined {
  if (text.startsWith(':')) return undefined
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? ''
}

function cutQuery(text: string): { path: string; query: string } {
  const at = text.indexOf('?')
  return at < 0 ? { path: text, query: '' } : { path: text.slice(0, at), query: text.slice(at + 1) }
}

function splitUser(authority: string): [string | undefined, string] {
  const at = authority.lastIndexOf('@')
  return at < 0 ? [undefined, authority] : [authority.slice(0, at), authority.slice(at + 1)]
}

function wrongHost(host: string): string | undefined {
  const close = host.lastIndexOf(']')
  if (host.startsWith('[') && close < 0) return "missing ']' in host"
  const port = host.startsWith('[')
    ? host.slice(close + 1)
    : host.includes(':')
      ? host.slice(host.lastIndexOf(':'))
      : ''
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${goQuote(port)} after host`
  const bad = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/u.exec(host)?.[0]
  if (bad !== undefined) return `invalid character ${goQuote(bad)} in host name`
  // only a zone's percent sign and what is not ASCII may be escaped here
  const wrong = /%(?!25|[89A-Fa-f][0-9A-Fa-f]).{0,2}/.exec(host)?.[0]
  return wrong === undefined ? undefined : `invalid URL escape ${goQuote(wrong)}`
}

function escapeError(text: string): string | undefined {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0]
  return bad === undefined ? undefined : `invalid URL escape ${goQuote(bad)}`
}
