import { setImmediate } from 'node:timers/promises'
import type { Steps } from '@kubets/api-types'

/** ms of the loop that long work takes before others go on. */
const turn = 3

/** Runs work to its end, a few steps a turn of the loop. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let began = performance.now()
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() - began < turn) continue
    await setImmediate()
    began = performance.now()
  }
}
