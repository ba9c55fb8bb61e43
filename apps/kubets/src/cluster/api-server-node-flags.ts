/**
 * A young generation of 32 MB costs the api-server what Node's 64 do, and its collections hold the loop half as long when most of it survives, as when
 * thousands of clients connect; one of 16 costs a tenth more of each write. V8 takes it at the start only.
 *
 * Of what is made at one place in the code V8 lets the next ones be old from birth when most of the last ones survived a young collection, as they do
 * while hundreds of requests wait. Then what hangs on a request lives until the next full collection, and with it all that hangs on those.
 */
export const apiServerNodeFlags: readonly string[] = ['--max-semi-space-size=32', '--no-allocation-site-pretenuring']
