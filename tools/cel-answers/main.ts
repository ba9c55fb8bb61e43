import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { built } from '../peers/build.ts'

readCommandLine({
  command: 'node tools/cel-answers/main.ts',
  about: `Asks upstream's CEL again about every expression of libs/cel's recorded answers, and rewrites the file.
New expressions are added to it as {"expr": "…"} before.`,
  flags: {},
  examples: ['node tools/cel-answers/main.ts'],
})
const file = join(import.meta.dirname, '../../libs/cel/src/testing/expressions.json')
const expressions = JSON.parse(readFileSync(file, 'utf8')) as { expr: string }[]
const program = await built('cel', line => process.stderr.write(`${line}\n`))
const input = expressions.map(({ expr }) => JSON.stringify({ expr })).join('\n')
const { status, stdout, stderr } = spawnSync(program, { input, encoding: 'utf8', maxBuffer: 1 << 28 })
if (status !== 0) throw new Error(`${program} failed: ${stderr}`)
const answers = stdout.trimEnd().split('\n')
writeFileSync(file, `[\n${answers.join(',\n')}\n]\n`)
process.stdout.write(`${answers.length} answers recorded\n`)
