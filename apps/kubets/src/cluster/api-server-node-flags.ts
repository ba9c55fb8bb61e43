/**
 * V8 takes them at the start only.
 *
 * A young generation of 32 MB costs the api-server what Node's 64 do, and its collections hold the loop half as long when most of it survives, as when
 * thousands of clients connect; one of 16 costs a tenth more of each write.
 *
 * What was long-lived while V8 watched, as in a crowd of requests that all wait, it puts among the old objects from then on, where only a full
 * collection finds that it was a request's: without such guesses a write costs a tenth less of the thread, and half of V8's helpers.
 */
export const apiServerNodeFlags: readonly string[] = ['--max-semi-space-size=32', '--no-allocation-site-pretenuring']
