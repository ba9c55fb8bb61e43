/**
 * How V8 collects the api-server's garbage. A young generation of 16 MB costs what Node's 64 do, and its collections hold the loop a quarter as long when
 * most of it survives, as when thousands of clients connect.
 *
 * Memory outside the heap counts with the heap: V8 13 would collect all of it after every 64 MB that come outside, and Node says of each TLS connection that it
 * holds 115 KB there, so every 570 clients that come back would hold the loop for 20 ms. Another Node may not know the flag and would not start.
 */
export const apiServerNodeFlags: readonly string[] = [
  '--max-semi-space-size=16',
  ...(process.versions.node.startsWith('24.') ? ['--external-memory-accounted-in-global-limit'] : []),
]
