/** Words of the language that no variable can have, and properties only in another form. */
export const reservedWords: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const parts: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/** How expressions write the name of a property: `a-b` is `a__dash__b`. Undefined: they cannot. */
export function escapeName(name: string): string | undefined {
  if (name === '' || /^[0-9]/.test(name) || /[^a-zA-Z0-9_./-]/.test(name)) return undefined
  if (reservedWords.has(name)) return `__${name}__`
  return name.replace(/__|[-./]/g, part => parts[part] as string)
}

const whole = new Map(Object.entries(parts).map(([text, escaped]) => [escaped, text]))

/** The property that an expression's name means. */
export const unescapeName = (escaped: string): string =>
  escaped.replace(/__([a-z]+)__/g, (part, word: string) => whole.get(part) ?? (reservedWords.has(word) ? word : part))
