import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where upstream's programs are built and kept, outside of the repository: `$XDG_CACHE_HOME/kubets-peers`, `~/.cache/kubets-peers` by default. */
export function peersFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubets-peers')
}
