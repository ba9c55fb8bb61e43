import { SelectorError } from './requirement.ts'

/** One condition on one field: all that the server side can do. */
export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[]
  /** Matches every object. */
  readonly everything: boolean
  /** An unknown field has the value ''. */
  readonly matches: (fields: Readonly<Record<string, string>>) => boolean
  /** The value that this field must have, when the selector pins it (`spec.nodeName=a`). */
  exact(field: string): string | undefined
  toString(): string
}

/**
 * Query syntax: `metadata.name=a,status.phase!=Running`; `\\`, `\,` and `\=` stand for themselves in values.
 * @throws SelectorError with upstream's text.
 */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements = splitTerms(text)
    .filter(term => term !== '')
    .map(term => parseTerm(text, term))
  return {
    requirements,
    everything: requirements.length === 0,
    matches: fields =>
      requirements.every(({ field, operator, value }) => (operator === '=') === ((fields[field] ?? '') === value)),
    exact: name => requirements.find(({ field, operator }) => field === name && operator === '=')?.value,
    toString: () =>
      requirements.map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`).join(','),
  }
}

/** Commas part terms unless a backslash stands before them. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === ',') {
      terms.push(text.slice(start, at))
      start = at + 1
    }
  }
  terms.push(text.slice(start))
  return terms
}

function parseTerm(selector: string, term: string): FieldRequirement {
  const match = /^([^=!]*?)(!=|==|=)(.*)$/s.exec(term)
  if (match === null) throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`)
  const [, field = '', operator = '', value = ''] = match
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) }
}

const escapeValue = (value: string) => value.replace(/[\\,=]/g, char => `\\${char}`)

function unescapeValue(value: string): string {
  let result = ''
  for (let at = 0; at < value.length; at++) {
    const char = value[at] ?? ''
    if (char === '\\') {
      const next = value[++at] ?? ''
      if (next !== '\\' && next !== ',' && next !== '=') {
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`)
      }
      result += next
    } else if (char === ',' || char === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`)
    } else result += char
  }
  return result
}
