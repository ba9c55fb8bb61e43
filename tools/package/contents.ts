import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What goes into the npm package, by its name in `dist/`. */
export const entryPoints: Record<string, string> = {
  index: 'apps/kubets/src/index.ts',
  kubets: 'apps/kubets/src/main.ts',
  'api-server': 'apps/api-server/src/main.ts',
  'validation-thread': 'apps/api-server/src/validation/thread.ts',
  'store-loading-thread': 'libs/storage/src/embedded/loading/thread.ts',
  'store-writing-thread': 'libs/storage/src/embedded/writing/thread.ts',
  'kubelet-agent': 'apps/kubelet-agent/src/main.ts',
  'service-proxy': 'apps/service-proxy/src/main.ts',
  node: 'apps/kubets/src/node/main.ts',
  scheduler: 'apps/scheduler/src/main.ts',
  'controller-manager': 'apps/controller-manager/src/main.ts',
  'container-runtime-shim': 'apps/container-runtime-shim/src/main.ts',
  'unpack-main': 'apps/container-runtime-shim/src/images/unpack-main.ts',
}

/**
 * Only our own sources are bundled. Third-party packages stay dependencies that npm installs: their licences and updates stay
 * theirs, native add-ons cannot be bundled anyway, and Node loads them as it does in the workspace.
 */
export async function thirdPartyPackages(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const folder of ['apps', 'libs']) {
    for (const room of await readdir(join(root, folder))) {
      const manifest = JSON.parse(await readFile(join(root, folder, room, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>
      }
      for (const [name, version] of Object.entries(manifest.dependencies ?? {}))
        if (!name.startsWith('@kubets/')) found[name] = version
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Files that are read at run time, and where in `dist/` they are looked for. */
export const bundledFolders: { from: string; to: string }[] = [
  { from: 'protos', to: 'protos' },
  { from: 'libs/api-types/src/tables', to: 'tables' },
]
