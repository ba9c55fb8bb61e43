/**
 * Takes the documentation texts of the API out of `@kubernetes/client-node` (the models that its `all.js` exports) and
 * writes them to `generated/descriptions.json`, which git ignores: `{ "io.k8s.api.core.v1.Pod": { "": "…", "spec": "…" } }`.
 *
 *     node libs/api-types/generator/descriptions.ts
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { TableFile } from '../src/schema/table-format.ts'

const main = createRequire(import.meta.url).resolve('@kubernetes/client-node')
const models = join(dirname(main), 'gen/models')
const exported = new Set(
  [...readFileSync(join(models, 'all.js'), 'utf8').matchAll(/models\/(\w+)\.js/g)].map(([, name]) => name ?? ''),
)

const block = /\/\*\*([\s\S]*?)\*\/\s*(?:export declare class (\w+)|(?:'([^']+)'|(\w+))\??:)/g

/** Comment text on one line, without what the model's generator escaped. */
const clean = (text: string) =>
  text
    .replace(/^\s*\*\s?/gm, ' ')
    .replace(/\\(['"])/g, '$1')
    .replace(/\s*\n\s*/g, ' ')
    .trim()

function textsOf(model: string): Record<string, string> | undefined {
  if (!exported.has(model)) return undefined
  const texts: Record<string, string> = {}
  for (const [, comment = '', type, quoted, plain] of readFileSync(join(models, `${model}.d.ts`), 'utf8').matchAll(
    block,
  )) {
    const name = type === undefined ? (quoted ?? plain ?? '').replace(/^_/, '') : ''
    // The file's own heading stands before the class's comment.
    const text = clean(comment.split('/**').at(-1) ?? '')
    if (text !== '' && !(name in texts)) texts[name] = text
  }
  return texts
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const tables = join(import.meta.dirname, '../src/tables')
const result: Record<string, Record<string, string>> = {}
for (const file of readdirSync(tables).sort()) {
  const table = JSON.parse(readFileSync(join(tables, file), 'utf8')) as TableFile
  const [group = '', version = ''] = table.package.split('.').slice(-2)
  for (const name of Object.keys(table.messages)) {
    const texts = textsOf(`${capital(group)}${capital(version)}${name}`) ?? textsOf(`${capital(version)}${name}`)
    if (texts !== undefined) result[`${table.package}.${name}`] = texts
  }
}
const folder = join(import.meta.dirname, '../generated')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'descriptions.json'), JSON.stringify(result))
