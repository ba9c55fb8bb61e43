import type { ProgressOutput } from './progress.ts'

/** Milliseconds between two lines where they cannot be overwritten. */
const rarely = 5_000
const often = 200

/** Says how far something is: on a terminal in one line that is overwritten, elsewhere in a line now and then. */
export function createTicker(out: ProgressOutput): { tell(text: string): void; end(): void } {
  let last = performance.now()
  let shown = false
  return {
    tell(text) {
      const now = performance.now()
      if (now - last < (out.isTTY ? often : rarely)) return
      last = now
      out.write(out.isTTY ? `\r\u001b[K${text}` : `${text}\n`)
      shown = true
    },
    end() {
      if (shown && out.isTTY) out.write('\r\u001b[K')
    },
  }
}
