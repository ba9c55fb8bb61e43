import { UsageError } from '@kubets/component'
import type { ControllerDescriptor } from './controller.ts'
import { controllers } from './table.ts'

/** Those that `--controllers` chooses, in the table's order: `*` is what is on by default. What names a controller wins over `*`. Throws {@link UsageError}. */
export function selectControllers(
  wanted: readonly string[],
  table: readonly ControllerDescriptor[] = controllers,
): ControllerDescriptor[] {
  const names = new Map(table.flatMap(({ name, alias }) => [[name, name] as const, [alias, name] as const]))
  const on = new Set<string>()
  const off = new Set<string>()
  for (const entry of wanted) {
    if (entry === '*') continue
    const named = entry.startsWith('-') ? entry.slice(1) : entry
    const name = names.get(named)
    if (name === undefined) throw new UsageError(`"${named}" is not in the list of known controllers`)
    ;(entry.startsWith('-') ? off : on).add(name)
  }
  const all = wanted.includes('*')
  return table.filter(({ name, offByDefault }) => on.has(name) || (all && !offByDefault && !off.has(name)))
}
