import { join } from 'node:path'

/** Where everything of one shim lies. */
export interface ShimPaths {
  /** Outlives a reboot: records, writable layers, the pods' files. */
  root: { dir: string; sandboxes: string; containers: string }
  /** Gone with a reboot: namespaces, mounts, bundles, what runc and conmon keep. */
  state: { dir: string; sandboxes: string; containers: string; runc: string; conmon: ConmonDirs }
}

interface ConmonDirs {
  exits: string
  persist: string
  sockets: string
}

/** Throws when the state directory is so long that conmon's sockets below it cannot be named. */
export function shimPaths(root: string, state: string): ShimPaths {
  const sockets = join(state, 's')
  const longest = `${sockets}/${'0'.repeat(16)}/attach`
  if (longest.length > 107)
    throw new Error(
      `--state ${state} is too long: sockets below it would exceed the kernel's 107 bytes (${longest.length}); take a shorter one, such as /run/kubets`,
    )
  return {
    root: { dir: root, sandboxes: join(root, 'sandboxes'), containers: join(root, 'containers') },
    state: {
      dir: state,
      sandboxes: join(state, 'sandboxes'),
      containers: join(state, 'containers'),
      runc: join(state, 'runc'),
      conmon: { exits: join(state, 'exits'), persist: join(state, 'persist'), sockets },
    },
  }
}

/** The folders of one sandbox in the state directory. */
export const sandboxPaths = (paths: ShimPaths, id: string) => {
  const dir = join(paths.state.sandboxes, id)
  return { dir, namespaces: join(dir, 'ns'), shm: join(dir, 'shm'), holder: join(dir, 'holder') }
}

/** The bundle of one container, with its root file system mounted in it. */
export const bundlePaths = (paths: ShimPaths, id: string) => {
  const dir = join(paths.state.containers, id)
  return { dir, rootfs: join(dir, 'rootfs'), config: join(dir, 'config.json') }
}
