/**
 * A young generation of 16 MB costs the api-server what Node's 64 do, and its collections hold the loop a quarter as long when most of it survives, as when
 * thousands of clients connect.
 */
export const apiServerNodeFlags: readonly string[] = ['--max-semi-space-size=16']
