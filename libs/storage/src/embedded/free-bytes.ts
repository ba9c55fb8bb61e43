import { statfsSync } from 'node:fs'

/** What a directory's disk has left for us. */
export function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
