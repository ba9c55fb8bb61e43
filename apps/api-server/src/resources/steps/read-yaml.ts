import { setImmediate } from 'node:timers/promises'
import type { CST, Document } from 'yaml'
import { yamlDialect } from './yaml-dialect.ts'

export interface YamlBody {
  readonly value: unknown
  /** Keys that stand twice, which only a strict reader minds: `line 4: key "name" already set in map`. The last one counts. */
  readonly repeated: readonly string[]
}

/**
 * Words, marks and spaces of a text; the largest definitions that people write by hand have a hundred thousand. More is refused: a document is put together
 * in one go, and takes a microsecond or two for each of them.
 */
const maxLexemes = 300_000
/** So many are read before others have their turn. */
const aTurn = 2_000

/** Reads YAML. @throws Error for what is none; the first one of several. */
export async function readYaml(bytes: Buffer): Promise<YamlBody> {
  const { Composer, Lexer, LineCounter, Parser } = await import('yaml')
  const lines = new LineCounter()
  const text = bytes.toString('utf8')
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens: CST.Token[] = []
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > maxLexemes) throw new Error(`more than ${maxLexemes} words and marks`)
    if (lexemes % aTurn === 0) await setImmediate()
    for (const token of parser.next(lexeme)) tokens.push(token)
  }
  for (const token of parser.end()) tokens.push(token)
  const documentOf = (options: object): Document => {
    const [first, second] = new Composer({ ...yamlDialect, ...options }).compose(tokens, true, text.length)
    if (first === undefined) throw new Error('no document')
    if (second !== undefined) throw new Error('Source contains multiple documents')
    return first as Document
  }
  const document = documentOf({})
  const duplicates = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
  const other = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY')
  if (other !== undefined) {
    const { line, col } = lines.linePos(other.pos[0])
    throw new Error(`${other.message} at line ${line}, column ${col}`, { cause: other })
  }
  const lenient = duplicates.length === 0 ? document : documentOf({ uniqueKeys: false })
  return {
    value: lenient.toJS({ maxAliasCount: 100 }),
    repeated: duplicates.map(({ pos }) => {
      const key = /^\s*(?:- )?["']?([^"':]+)/.exec(text.slice(pos[0], pos[0] + 1_000))?.[1] ?? ''
      return `line ${lines.linePos(pos[0]).line}: key ${JSON.stringify(key)} already set in map`
    }),
  }
}
