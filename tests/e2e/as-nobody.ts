import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandResult, execute } from './cluster-harness.ts'

const checkout = join(import.meta.dirname, '../..')

/**
 * Runs `kubets …` as a user without any right, whose home and caches are nowhere. This checkout and Node may lie where that user may not go (a home of mode
 * 0700): to the processes, and to what they leave running, both stand in the folder, too, by mounts that nobody else sees. The folder must let everybody pass.
 */
export async function kubetsAsNobody(folder: string): Promise<(...args: string[]) => Promise<CommandResult>> {
  const [sources, node] = [join(folder, 'sources'), join(folder, 'node')]
  await mkdir(sources)
  await writeFile(node, '')
  const mounts = 'mount --rbind "$1" "$2" && mount --bind "$3" "$4" && cd "$2" && shift 4 && exec "$@"'
  return (...args) =>
    execute([
      ...['unshare', '--mount', '--propagation=private', 'sh', '-c', mounts, 'sh'],
      ...[checkout, sources, process.execPath, node],
      ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
      ...['env', '-u', 'XDG_RUNTIME_DIR', '-u', 'XDG_CACHE_HOME', '-u', 'NODE_COMPILE_CACHE', 'HOME=/nonexistent'],
      ...[node, join(sources, 'apps/kubets/src/main.ts'), ...args],
    ])
}
