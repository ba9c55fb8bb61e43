import type { Stats } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { VolumeError } from './errors.ts'

const checks: Record<string, (stats: Stats) => boolean> = {
  Directory: s => s.isDirectory(),
  DirectoryOrCreate: s => s.isDirectory(),
  File: s => s.isFile(),
  FileOrCreate: s => s.isFile(),
  Socket: s => s.isSocket(),
  CharDevice: s => s.isCharacterDevice(),
  BlockDevice: s => s.isBlockDevice(),
}
const names: Record<string, string> = {
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket file',
  CharDevice: 'character device',
  BlockDevice: 'block device',
}

/** Checks a hostPath volume's type and makes what `…OrCreate` asks for. Type '' checks nothing; the runtime makes a missing directory. */
export async function prepareHostPath(path: string, type: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined) {
    if (type === 'DirectoryOrCreate' || type === '') await mkdir(path, { recursive: true, mode: 0o755 })
    else if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close()
    else throw new VolumeError(`hostPath type check failed: ${path} is not a ${names[type] ?? type}`)
    return path
  }
  if (type !== '' && checks[type]?.(stats) !== true)
    throw new VolumeError(`hostPath type check failed: ${path} is not a ${names[type] ?? type}`)
  return path
}
