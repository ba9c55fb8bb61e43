import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs that the shim starts, by absolute path. */
export interface Tools {
  runc: string
  conmon: string
  /** Only for pods that share one process namespace. */
  catatonit: string | undefined
}

const searchPath = () => [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Finds an executable by name or absolute path; `undefined` when there is none. */
export function findTool(name: string): string | undefined {
  const candidates = name.includes('/') ? [name] : searchPath().map(dir => join(dir, name))
  return candidates.find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Throws with the name of the Debian package when something that every pod needs is missing. */
export function findTools(paths: { runc?: string; conmon?: string; catatonit?: string }): Tools {
  const required = (name: string, path: string | undefined, flag: string) => {
    const found = findTool(path ?? name)
    if (!found)
      throw new Error(
        path
          ? `${path} (${flag}) is not an executable file`
          : `${name} is not installed: install the Debian package "${name}" (apt-get install ${name}) or give its path with ${flag}`,
      )
    return found
  }
  return {
    runc: required('runc', paths.runc, '--runtime-path'),
    conmon: required('conmon', paths.conmon, '--conmon-path'),
    catatonit: findTool(paths.catatonit ?? 'catatonit'),
  }
}

/** Throws unless this process may do what a node's runtime does. */
export function requireRoot(): void {
  if (process.platform !== 'linux')
    throw new Error('containers need Linux; elsewhere use the fake runtime (--runtime fake)')
  if (process.geteuid?.() !== 0)
    throw new Error('the container runtime needs root for mounts and namespaces; without root use --runtime fake')
}
