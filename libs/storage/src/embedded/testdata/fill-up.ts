import { closeSync, openSync, writeSync } from 'node:fs'

/** Appends to a file until its disk has no room for a kilobyte more. */
export function fillUp(path: string): void {
  const file = openSync(path, 'a')
  for (let size = 2 ** 20; size >= 1024; size /= 2)
    for (let full = false; !full; )
      try {
        full = writeSync(file, Buffer.alloc(size, 1)) < size
      } catch {
        full = true
      }
  closeSync(file)
}
