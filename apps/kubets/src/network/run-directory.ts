import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below the folder: the node's number and a socket's name. A socket's path has 107 bytes at most on Linux, 103 on macOS. */
const longest = 103 - '/12345678/200/images.sock'.length

/** Where root's clusters keep sockets and pinned namespaces. */
export const systemRunDirectory = '/run/kubets'

/**
 * A short folder for the cluster's sockets: `/run/kubets/<id>` for root, else one that this user alone may write, in
 * `$XDG_RUNTIME_DIR` or among the temporary files.
 */
export async function chooseRunDirectory(id: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const user = process.getuid?.() ?? 0
  const candidates = [
    ...(user === 0 && process.platform === 'linux' ? [systemRunDirectory] : []),
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'kubets')] : []),
    join(tmpdir(), `kubets-${user}`),
    `/tmp/kubets-${user}`,
  ]
  for (const parent of candidates)
    if (Buffer.byteLength(parent) <= longest && (await isOurs(parent, user))) return join(parent, id)
  throw new Error(
    `no folder for sockets: ${candidates.join(', ')} cannot be written or are too long; set XDG_RUNTIME_DIR to a short folder of yours`,
  )
}

/** There, or made now, and nobody else's: another user's folder under a guessed name is not trusted. */
async function isOurs(path: string, user: number): Promise<boolean> {
  try {
    await mkdir(path, { recursive: true, mode: user === 0 ? 0o755 : 0o700 })
    const found = await lstat(path)
    return found.isDirectory() && (found.uid === user || process.platform === 'win32')
  } catch {
    return false
  }
}
