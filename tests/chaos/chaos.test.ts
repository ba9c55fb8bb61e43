import { expect, test } from 'vitest'
import { runChaos } from './run.ts'

// a slice of `npm run chaos`, of the same seed each time
test.each(['etcd', 'embedded'] as const)(
  'over %s nothing that was acknowledged is lost, and nobody sees time go backwards, while things break',
  async backend => {
    const report = await runChaos({ backend, seed: 7, seconds: 6, clients: 4, watchers: 2, log: () => undefined })
    expect(report.violations).toEqual([])
    expect(report.versions).toBeGreaterThan(0)
    expect(report.watches.events).toBeGreaterThan(0)
    expect(Object.keys(report.faults).length).toBeGreaterThan(0)
  },
  120_000,
)
