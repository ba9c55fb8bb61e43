import type { FileHandle } from 'node:fs/promises'

const block = 64 * 1_024

/** Where the last `lines` lines of a file of `size` bytes begin. A last line without its end counts. */
export async function tailOffset(file: Pick<FileHandle, 'read'>, size: number, lines: number): Promise<number> {
  if (lines === 0) return size
  let found = 0
  let end = size
  const buffer = Buffer.alloc(block)
  while (end > 0) {
    const start = Math.max(0, end - block)
    const { bytesRead } = await file.read(buffer, 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      // the newline that ends the last line does not begin another one
      if (buffer[at] !== 0x0a || start + at === size - 1) continue
      if (++found === lines) return start + at + 1
    }
    end = start
  }
  return 0
}
