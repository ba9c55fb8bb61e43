import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { createProjectGraphAsync } from 'nx/src/devkit-exports.js'
import { type Import, violations } from './rules.ts'

readCommandLine({
  command: 'node tools/boundaries/main.ts',
  about: `Which room may use which: checked on Nx's project graph, and on the imports themselves for what the graph cannot see
(a deep import past a room's index.ts). One line a violation, and 1 if there is any.`,
  flags: {},
  examples: ['npm run lint', 'node tools/boundaries/main.ts'],
})
const root = join(import.meta.dirname, '../..')
const graph = await createProjectGraphAsync({ exitOnError: true })
const rooms = Object.values(graph.nodes).map(node => ({
  name: node.name,
  root: node.data.root,
  uses: (graph.dependencies[node.name] ?? []).map(d => d.target).filter(target => graph.nodes[target]),
}))
const imports: Import[] = []
for (const room of rooms.filter(room => /^(apps|libs)\//.test(room.root))) {
  for (const entry of await readdir(join(root, room.root), { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !file.endsWith('.ts') || /\/(node_modules|dist|generated)\//.test(file)) continue
    const text = await readFile(file, 'utf8')
    for (const { 1: specifier, index } of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (specifier === undefined) continue
      const statement = text.slice(
        Math.max(text.lastIndexOf('import', index), text.lastIndexOf('export', index)),
        index,
      )
      const loads = /^(?:import|export) type\b/.test(statement) ? 'types' : 'values'
      const resolved = specifier.startsWith('.') ? relative(root, join(dirname(file), specifier)) : undefined
      imports.push({ from: room.name, file: relative(root, file), specifier, resolved, loads })
    }
  }
}
const found = violations(rooms, imports)
for (const line of found) process.stderr.write(`${line}\n`)
process.stdout.write(`boundaries: ${rooms.length} rooms, ${imports.length} imports, ${found.length} violations\n`)
process.exit(found.length === 0 ? 0 : 1)
