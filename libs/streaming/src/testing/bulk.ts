import { createHash, randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A prime length, so that no chunk boundary repeats. */
const block = randomBytes(1_048_573)

/** So many bytes from one block, without holding them. */
export function* blocks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left)
}

export function hashOf(bytes: number): string {
  const hash = createHash('sha1')
  for (const chunk of blocks(bytes)) hash.update(chunk)
  return hash.digest('hex')
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of buffers that somebody still holds, in MB. */
async function heldBuffers(): Promise<number> {
  let held = Number.POSITIVE_INFINITY
  // what was collected is given back by another thread, on a busy machine late: what is really held shows in every round
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await delay(20)
    held = Math.min(held, process.memoryUsage().arrayBuffers / 1e6)
  }
  return held
}

/**
 * Reads to the end with two stops, one before the first byte and one half-way. During a stop the sender would like to send it all:
 * what client, both proxies and server then hold together is measured. All of them live in this process. Both directions stop at the same time, or
 * the one's fresh garbage would count as held by the other.
 */
export async function slowHash(
  stream: Readable,
  total: number,
  halfWay = async () => {},
): Promise<{ bytes: number; hash: string; held: number }> {
  const hash = createHash('sha1')
  let bytes = 0
  let held = 0
  const stop = async () => {
    await delay(300)
    held = Math.max(held, (await heldBuffers()) - heldBefore)
  }
  const heldBefore = await heldBuffers()
  await stop()
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes <= total / 2 && bytes + chunk.length > total / 2) {
      await halfWay()
      await stop()
      await halfWay()
    }
    bytes += chunk.length
    hash.update(chunk)
  }
  return { bytes, hash: hash.digest('hex'), held }
}
