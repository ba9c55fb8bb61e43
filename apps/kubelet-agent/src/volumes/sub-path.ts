import { lstat, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ContainerConfigError } from '../container-config/errors.ts'

/**
 * The place of a subPath inside a volume; missing folders are made. A container can plant symbolic links in its volume, so every
 * step is resolved and must stay inside it.
 */
export async function resolveSubPath(volume: string, subPath: string, container: string): Promise<string> {
  const fail = (why: string) =>
    new ContainerConfigError(
      'CreateContainerConfigError',
      `failed to prepare subPath for volumeMount ${JSON.stringify(subPath)} of container ${JSON.stringify(container)}: ${why}`,
    )
  const parts = subPath.split('/').filter(part => part !== '' && part !== '.')
  if (subPath.startsWith('/') || parts.includes('..')) throw fail('it must be a relative path without ".."')
  const root = await realpath(volume)
  let here = root
  for (const part of parts) {
    const next = join(here, part)
    if ((await lstat(next).catch(() => undefined)) === undefined) await mkdir(next, { mode: 0o750 })
    here = await realpath(next)
    if (here !== root && !here.startsWith(`${root}/`)) throw fail('it leads out of the volume')
  }
  return here
}
