import { readCommandLine } from '@kubets/component/plain'
import { built } from './build.ts'
import { peersFolder } from './cache-folder.ts'
import { type ProgramName, programs } from './programs.ts'

const { positionals: names, refuse } = readCommandLine({
  command: 'node tools/peers/main.ts',
  about: `Builds upstream's programs from their Go modules, outside of the repository: they are kept in ${peersFolder()}.`,
  positionals: '[NAME…]',
  flags: {},
  more: `Names (all of them where none is given):\n${programs.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join('\n')}`,
  examples: ['node tools/peers/main.ts', 'node tools/peers/main.ts kube-apiserver etcd'],
})
const known = new Set<string>(programs.map(program => program.name))
const unknown = names.find(name => !known.has(name))
if (unknown !== undefined) refuse(`unknown program: ${unknown}`)
for (const { name } of programs) {
  if (names.length > 0 && !names.includes(name)) continue
  process.stdout.write(`${await built(name as ProgramName, line => process.stderr.write(`${line}\n`))}\n`)
}
