import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Mounts that the kubelet itself makes. */
export interface Mounter {
  tmpfs(path: string, options: readonly string[]): Promise<void>
  unmount(path: string): Promise<void>
  /** Mount points below a folder, deepest first. */
  below(folder: string): Promise<string[]>
}

export const systemMounter: Mounter = {
  async tmpfs(path, options) {
    await run('mount', ['-t', 'tmpfs', '-o', ['rw', 'nosuid', 'nodev', ...options].join(','), 'tmpfs', path])
  },
  async unmount(path) {
    await run('umount', [path])
  },
  async below(folder) {
    const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
    return table
      .split('\n')
      .map(line =>
        line.split(' ')[4]?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
      )
      .filter((path): path is string => path?.startsWith(`${folder}/`) === true)
      .sort((a, b) => b.length - a.length)
  },
}
