/**
 * Work on an object that may be large, in steps: whoever does it for many clients may let others go on at each `yield`. Nothing it was given may
 * be changed meanwhile.
 */
export type Steps<T> = Generator<undefined, T, void>

/** All steps, one after the other. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
