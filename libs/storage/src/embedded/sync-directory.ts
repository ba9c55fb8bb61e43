import { closeSync, fsyncSync, openSync } from 'node:fs'

/** What was made, renamed or taken away in it is so on the disk when this returns. */
export function syncDirectory(directory: string): void {
  const file = openSync(directory, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
