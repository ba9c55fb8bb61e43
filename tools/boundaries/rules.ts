/** A workspace package as Nx's graph has it. */
export interface Room {
  name: string
  /** `apps/scheduler` */
  root: string
  /** Names of the workspace packages it depends on. */
  uses: readonly string[]
}

export interface Import {
  /** Name of the room that imports. */
  from: string
  file: string
  specifier: string
  /** For relative imports: the path they lead to, from the workspace's root. */
  resolved: string | undefined
  /** `types`: nothing is loaded when the program runs. */
  loads?: 'values' | 'types'
}

/** Arrows between libs point down this list only. */
export const layers = [
  ['@kubets/client'],
  ['@kubets/component', '@kubets/storage', '@kubets/cri', '@kubets/streaming'],
  ['@kubets/pki', '@kubets/quota'],
  ['@kubets/api-types'],
  ['@kubets/cel'],
  ['@kubets/apimachinery'],
] as const

/** What storage, client and the like may use although it stands beside them: the room that every service shares. */
const shared = '@kubets/component'

/** Its index.ts loads every kind: some 400 files, 11 MB in each process. */
const catalogue = '@kubets/api-types'
/** What needs no kinds has a door of its own. */
const lean = '@kubets/api-types/qos'
/** Doors beside an index.ts, for what would load a room for one thing in it. */
const doors = new Set([
  lean,
  '@kubets/client/work-queue',
  '@kubets/component/begin',
  '@kubets/component/plain',
  '@kubets/component/quick-imports',
  '@kubets/component/signals',
  '@kubets/container-runtime-shim/host',
  '@kubets/storage/embedded',
])
/**
 * An import of these reads each of their names, and some are made when they are read: Node's fetch and WebSocket (30 ms and 14 MB in each process),
 * the standard streams (6 ms, 3 MB).
 */
const eager = new Set(['node:http', 'node:process'])
/** The api-server, and the cluster in one process, which starts one. */
const catalogueUsers = new Set(['@kubets/api-types', '@kubets/api-server', 'kubets'])

/** Everything that breaks the house's plan, one sentence each. Pure. */
export function violations(rooms: readonly Room[], imports: readonly Import[]): string[] {
  const byName = new Map(rooms.map(room => [room.name, room]))
  const layerOf = (name: string) => layers.findIndex(layer => (layer as readonly string[]).includes(name))
  const found: string[] = []
  for (const room of rooms) {
    for (const target of room.uses.map(name => byName.get(name))) {
      if (target === undefined) continue
      if (target.root.startsWith('apps/') && room.root.startsWith('libs/'))
        found.push(`${room.name} uses ${target.name}: no lib imports an app; what both need belongs in a lib`)
      else if (target.root.startsWith('apps/') && room.name !== 'kubets' && room.root.startsWith('apps/'))
        found.push(`${room.name} uses ${target.name}: only apps/kubets may import another app`)
      else if (room.root.startsWith('libs/') && target.name !== shared && layerOf(target.name) <= layerOf(room.name))
        found.push(`${room.name} uses ${target.name}: arrows between libs point down (${layers.flat().join(', ')})`)
    }
  }
  for (const { from, file, specifier, resolved, loads } of imports) {
    const own = byName.get(from)
    if (own === undefined) continue
    if (resolved !== undefined && !resolved.startsWith(`${own.root}/`))
      found.push(`${file} imports ${specifier}: another room is imported by its package name`)
    const room = rooms.find(other => specifier.startsWith(`${other.name}/`))
    if (room !== undefined && !doors.has(specifier) && !/^@kubets\/[a-z-]+\/(conformance|testing)$/.test(specifier))
      found.push(`${file} imports ${specifier}: a room is entered through its index.ts ('${room.name}')`)
    if (loads === 'values' && specifier === catalogue && !catalogueUsers.has(from) && !file.endsWith('.test.ts'))
      found.push(`${file} imports values of ${catalogue}, which loads every kind: types only, or '${lean}'`)
    if (loads === 'values' && eager.has(specifier) && !/\.test\.ts$|\/testing\//.test(file))
      found.push(
        `${file} imports values of ${specifier}, which makes what is rarely used: types only, and process.getBuiltinModule('${specifier}')`,
      )
    if (
      /^(@kubets\/|kubets$)/.test(specifier) &&
      !own.uses.includes(specifier.split('/').slice(0, 2).join('/')) &&
      specifier !== own.name &&
      !specifier.startsWith(`${own.name}/`)
    )
      found.push(`${file} imports ${specifier}, which ${own.root}/package.json does not list`)
  }
  return found
}
