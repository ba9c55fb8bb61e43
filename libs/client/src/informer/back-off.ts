import { type Clock, sleep } from '@kubets/component'

export interface BackOffOptions {
  clock: Clock
  random: () => number
  /** Milliseconds of the first pause; each next one is twice as long, up to `max`. */
  min: number
  max: number
  signal: AbortSignal
}

/** A pause that grows while it is asked for often: after `4 × max` milliseconds without a call it starts anew. */
export function backOff(options: BackOffOptions): () => Promise<void> {
  const { clock, random, min, max, signal } = options
  let pause = min
  let last = clock.now()
  return async () => {
    if (clock.now() - last > 4 * max) pause = min
    const jittered = pause * (2 / 3 + random() / 3)
    pause = Math.min(max, pause * 2)
    await sleep(jittered, signal, clock)
    last = clock.now()
  }
}
