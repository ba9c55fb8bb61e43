import type { Exchange } from '../front/exchange.ts'
import type { Representation } from '../resources/representation.ts'

/** What Go's `strconv.ParseBool` takes for true. */
const trueWords = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

/**
 * Whether an answer is JSON that is printed for people. Who accepts `pretty=1` gets it so; else `?pretty=` decides, whatever it says; and without that who asks:
 * browsers, curl and wget. To be asked once for an answer: programs have no `pretty` in their query, and begin with another letter.
 */
export function isPretty(
  { exchange }: { readonly exchange: Pick<Exchange, 'target' | 'headers'> },
  form: Pick<Representation, 'encoding' | 'pretty'>,
): boolean {
  if (form.encoding !== 'json') return false
  if (form.pretty) return true
  const { target, headers } = exchange
  const mark = target.indexOf('?')
  if (mark !== -1 && target.includes('pretty', mark + 1)) {
    const said = prettyParameter(target.slice(mark + 1))
    if (said !== '') return trueWords.has(said)
  }
  return isForPeople(headers['user-agent'])
}

function isForPeople(userAgent: string | undefined): boolean {
  switch (userAgent?.charCodeAt(0)) {
    case 0x63:
      return userAgent.startsWith('curl')
    case 0x57:
      return userAgent.startsWith('Wget')
    case 0x4d:
      return userAgent.startsWith('Mozilla/5.0')
    default:
      return false
  }
}

/** As Go reads a query: the first of several; what has a semicolon or a bad escape in it is not there. */
function prettyParameter(query: string): string {
  for (const part of query.split('&')) {
    if (part.includes(';')) continue
    const equals = part.indexOf('=')
    if (unescaped(equals === -1 ? part : part.slice(0, equals)) !== 'pretty') continue
    const value = equals === -1 ? '' : unescaped(part.slice(equals + 1))
    if (value !== undefined) return value
  }
  return ''
}

const badEscape = /%(?![\dA-Fa-f]{2})/

function unescaped(text: string): string | undefined {
  if (badEscape.test(text)) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // bytes that are no UTF-8: neither a name nor a word that is looked for
    return '\ufffd'
  }
}
