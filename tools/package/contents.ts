/** What goes into the npm package, by its name in `dist/`. */
export const entryPoints: Record<string, string> = {
  index: 'apps/kubets/src/index.ts',
  kubets: 'apps/kubets/src/main.ts',
  'api-server': 'apps/api-server/src/main.ts',
  scheduler: 'apps/scheduler/src/main.ts',
  'kubelet-agent': 'apps/kubelet-agent/src/main.ts',
  'container-runtime-shim': 'apps/container-runtime-shim/src/main.ts',
  'unpack-main': 'apps/container-runtime-shim/src/images/unpack-main.ts',
}

/** Native add-ons cannot be bundled. */
export const nativePackages = ['lmdb', 'koffi', 'node-unix-socket', '@lydell/node-pty']

/** Files that are read at run time, and where in `dist/` they are looked for. */
export const bundledFolders: { from: string; to: string }[] = [
  { from: 'protos', to: 'protos' },
  { from: 'libs/api-types/src/tables', to: 'tables' },
]
