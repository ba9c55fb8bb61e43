import { yamlDialect } from './yaml-dialect.ts'

export interface YamlBody {
  readonly value: unknown
  /** Keys that stand twice, which only a strict reader minds: `line 4: key "name" already set in map`. The last one counts. */
  readonly repeated: readonly string[]
}

/** Reads YAML. @throws Error of the library, for what is none. */
export async function readYaml(bytes: Buffer): Promise<YamlBody> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const text = bytes.toString('utf8')
  const document = parseDocument(text, { ...yamlDialect, lineCounter: lines })
  const duplicates = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
  const [other] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY')
  if (other !== undefined) throw other
  const lenient = duplicates.length === 0 ? document : parseDocument(text, { ...yamlDialect, uniqueKeys: false })
  return {
    value: lenient.toJS({ maxAliasCount: 100 }),
    repeated: duplicates.map(({ pos }) => {
      const key = /^\s*(?:- )?["']?([^"':]+)/.exec(text.slice(pos[0]))?.[1] ?? ''
      return `line ${lines.linePos(pos[0]).line}: key ${JSON.stringify(key)} already set in map`
    }),
  }
}
