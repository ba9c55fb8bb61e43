/** Reads struct definitions out of Go source text: names, wire tags and the markers in the comments above them. */

export interface GoField {
  /** '' for an embedded struct. */
  readonly json: string
  readonly goType: string
  readonly number: number
  readonly omitEmpty: boolean
  readonly omitZero: boolean
  readonly inline: boolean
  readonly patchStrategy: string
  readonly patchMergeKey: string
  readonly markers: readonly string[]
}

export interface GoStruct {
  readonly name: string
  readonly fields: readonly GoField[]
  readonly markers: readonly string[]
}

export interface GoPackage {
  readonly structs: GoStruct[]
  /** `type Protocol string` → Protocol: string. */
  readonly aliases: Map<string, string>
  /** Those of them that are types of their own: `type A b.C`, not `type A = b.C`. */
  readonly defined: Set<string>
  /** String types marked `+enum`, with their values. */
  readonly enums: Map<string, string[]>
  /** Import name → import path. */
  readonly imports: Map<string, string>
  /** String constants by name. */
  readonly constants: Map<string, string>
  /** Values of enums that are constants of other packages: `AddressType(v1.IPv4Protocol)`. */
  readonly borrowed: { readonly type: string; readonly constant: string }[]
}

export const emptyPackage = (): GoPackage => ({
  structs: [],
  aliases: new Map(),
  defined: new Set(),
  enums: new Map(),
  imports: new Map(),
  constants: new Map(),
  borrowed: [],
})

const tagOf = (tags: string, name: string) => new RegExp(`(?:^|\\s)${name}:"([^"]*)"`).exec(tags)?.[1] ?? ''

function parseField(line: string, markers: readonly string[]): GoField | undefined {
  const match = /^\t(?:([A-Za-z]\w*)\s+)?([\w.[\]*]+)\s+`([^`]*)`/.exec(line)
  if (match === null) return undefined
  const [, , goType = '', tags = ''] = match
  const [json = '', ...flags] = tagOf(tags, 'json').split(',')
  if (json === '-' || tagOf(tags, 'json') === '') return undefined
  const inline = flags.includes('inline') || json === ''
  return {
    json: inline ? '' : json,
    goType,
    number: Number(tagOf(tags, 'protobuf').split(',')[1] ?? 0) || 0,
    omitEmpty: flags.includes('omitempty'),
    omitZero: flags.includes('omitzero'),
    inline,
    patchStrategy: tagOf(tags, 'patchStrategy'),
    patchMergeKey: tagOf(tags, 'patchMergeKey'),
    markers,
  }
}

/** Adds what one Go file defines to `into`. */
export function readGoFile(text: string, into: GoPackage): void {
  let comments: string[] = []
  let struct: { name: string; fields: GoField[]; markers: string[] } | undefined
  let inImports = false
  const constants: { type: string; value: string }[] = []
  const marked = new Set<string>()
  for (const line of text.split('\n')) {
    const comment = /^\s*\/\/\s?(.*)$/.exec(line)
    if (comment !== null) {
      comments.push((comment[1] ?? '').trim())
      continue
    }
    const markers = comments.filter(text => text.startsWith('+')).map(text => text.slice(1))
    if (struct !== undefined) {
      if (line.startsWith('}')) {
        into.structs.push(struct)
        struct = undefined
      } else {
        const field = parseField(line, markers)
        if (field !== undefined) struct.fields.push(field)
      }
      comments = []
      continue
    }
    if (line.startsWith('import (')) inImports = true
    else if (inImports) {
      if (line.startsWith(')')) inImports = false
      const imported = /^\s*(?:(\w+)\s+)?"([^"]+)"/.exec(line)
      if (imported !== null)
        into.imports.set(imported[1] ?? (imported[2] ?? '').split('/').at(-1) ?? '', imported[2] ?? '')
    }
    const opening = /^type (\w+) struct ?\{/.exec(line)
    const alias = /^type (\w+) (= )?([\w.[\]*]+)$/.exec(line)
    if (opening !== null) struct = { name: opening[1] ?? '', fields: [], markers }
    else if (alias !== null) {
      into.aliases.set(alias[1] ?? '', alias[3] ?? '')
      if (alias[2] === undefined) into.defined.add(alias[1] ?? '')
      if (markers.includes('enum')) marked.add(alias[1] ?? '')
    }
    if (struct !== undefined && line.trimEnd().endsWith('{}')) {
      into.structs.push(struct)
      struct = undefined
    }
    const constant =
      /^\s*(?:const )?(\w+)(?:\s+(\w+))?\s+=\s+(?:(\w+)\()?(?:"([^"]*)"|(\w+\.\w+))\)?\s*(?:\/\/.*)?$/.exec(line)
    if (constant !== null) {
      const [, name = '', declared, converted, value, other] = constant
      const type = declared ?? converted ?? ''
      if (value !== undefined) {
        into.constants.set(name, value)
        constants.push({ type, value })
      } else if (other !== undefined && type !== '') into.borrowed.push({ type, constant: other })
    }
    // A comment belongs to what follows it; a blank line parts them, except above `type` where upstream leaves one.
    if (line.trim() !== '') comments = []
  }
  for (const name of marked) into.enums.set(name, into.enums.get(name) ?? [])
  for (const { type, value } of constants) {
    const values = into.enums.get(type)
    if (values !== undefined && !values.includes(value)) values.push(value)
  }
}
