import { additionalSchema, type JsonSchema } from './json-schema.ts'

/** A path into a schema that leads somewhere: `.spec.replicas`, and `['with.dot']` where that is allowed. */
export interface FieldPath {
  readonly steps: readonly string[]
  /** One text for one place. */
  readonly text: string
  readonly schema: JsonSchema | undefined
}

const token = /'(?:[^']|(?<=\\)')*'|[.[\]]|[^.[\]]+/y

/** Follows the path from the schema; a text says what is wrong with it. */
export function followFieldPath(path: string, root: JsonSchema, arrayNotation: boolean): FieldPath | string {
  const tokens = tokensOf(path)
  const steps: string[] = []
  let text = ''
  let schema: JsonSchema | undefined = root
  for (let at = 0; at < tokens.length; ) {
    const quoted: boolean = tokens[at] === '['
    if (quoted && !arrayNotation) return 'array notation is not allowed'
    if (!quoted && tokens[at] !== '.') return `expected [ or . but got: ${tokens[at]}`
    let name = tokens[at + 1]
    if (name === undefined) return 'unexpected end of JSON path'
    if (quoted) {
      if (!/^'[\s\S]*'$/.test(name) || name.length < 2) return `expected single quoted string but got ${name}`
      const unescaped = withoutEscapes(name.slice(1, -1))
      if (typeof unescaped !== 'string') return `invalid string literal: invalid escape char ${unescaped.wrong}`
      name = unescaped
    }
    const properties: JsonSchema['properties'] = schema?.properties
    if (Object.keys(properties ?? {}).length > 0) {
      schema = Object.hasOwn(properties ?? {}, name) ? properties?.[name] : undefined
      if (schema === undefined) return 'does not refer to a valid field'
      text += text === '' ? name : `.${name}`
    } else if (schema?.additionalProperties) {
      schema = additionalSchema(schema)
      text += `[${name}]`
    } else return 'does not refer to a valid field'
    steps.push(name)
    at += 2
    if (!quoted) continue
    if (tokens[at] === undefined) return 'unexpected end of JSON path'
    if (tokens[at] !== ']') return `expected ] but got ${tokens[at]}`
    at++
  }
  return { steps, text, schema }
}

function tokensOf(path: string): string[] {
  const found: string[] = []
  for (let at = 0; at < path.length; ) {
    token.lastIndex = at
    // an open quote takes the rest
    const next = token.exec(path)?.[0] ?? path.slice(at)
    const whole = next.startsWith("'") && !(next.length > 1 && next.endsWith("'")) ? path.slice(at) : next
    found.push(whole)
    at += whole.length
  }
  return found
}

const escaped: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
}

function withoutEscapes(text: string): string | { wrong: string } {
  let wrong: string | undefined
  const plain = text.replace(/\\./g, all => {
    const char = escaped[all[1] ?? '']
    if (char === undefined) wrong = all
    return char ?? ''
  })
  return wrong === undefined ? plain : { wrong }
}
