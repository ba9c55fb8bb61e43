import { built } from './build.ts'
import { peersFolder } from './cache-folder.ts'
import { type ProgramName, programs } from './programs.ts'

// node tools/peers/main.ts [NAME…]: builds upstream's programs from their Go modules, outside of the repository.
const names = process.argv.slice(2)
const known = new Set<string>(programs.map(program => program.name))
const unknown = names.filter(name => !known.has(name))
if (unknown.length > 0) {
  const listed = programs.map(program => `  ${program.name.padEnd(16)}${program.about}\n`).join('')
  process.stderr.write(`Usage: node tools/peers/main.ts [NAME…]\n\n${listed}\nThey are kept in ${peersFolder()}.\n`)
  process.exit(unknown.includes('--help') ? 0 : 2)
}
for (const { name } of programs) {
  if (names.length > 0 && !names.includes(name)) continue
  process.stdout.write(`${await built(name as ProgramName, line => process.stderr.write(`${line}\n`))}\n`)
}
