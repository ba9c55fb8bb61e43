/** Bursts joined last: watchers of one kind hear of the same events one after the other, each in at most a few forms. */
const remembered = 2
/** Larger ones are not kept waiting for others who want them. */
const maxRemembered = 512 * 1024

interface Burst {
  readonly frames: readonly Uint8Array[]
  readonly joined: Buffer
}

const bursts: (Burst | undefined)[] = new Array(remembered).fill(undefined)
let oldest = 0

/** Frames as one piece of so many bytes; made once for all who are told the same ones one after the other. */
export function joinedFrames(frames: readonly Uint8Array[], size: number): Buffer {
  for (const burst of bursts) if (burst !== undefined && isSame(burst.frames, frames)) return burst.joined
  const joined = Buffer.concat(frames, size)
  if (size <= maxRemembered) {
    bursts[oldest] = { frames, joined }
    oldest = (oldest + 1) % remembered
  }
  return joined
}

function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
