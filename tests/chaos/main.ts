import { constants } from 'node:os'
import { parseArgs } from 'node:util'
import { type ChaosReport, runChaos } from './run.ts'

// npm run chaos [-- --backend etcd|embedded --seconds N | --minutes N --seed S --clients N --fault TEXT -o json]: exit code 1 when the history cannot be. A signal
// heals what is broken and ends what was started; a second one ends this process alone.
const { values } = parseArgs({
  options: {
    backend: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    clients: { type: 'string', default: '8' },
    fault: { type: 'string' },
    output: { type: 'string', short: 'o', default: 'text' },
  },
})
const backends = values.backend === undefined ? (['etcd', 'embedded'] as const) : [values.backend]
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const seconds = values.minutes === undefined ? Number(values.seconds ?? 60) : Number(values.minutes) * 60
if (!(seconds > 0)) {
  process.stderr.write('--seconds and --minutes take a number above 0\n')
  process.exit(2)
}
process.stderr.write(`seed ${seed}\n`)
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(name))
const reports: ChaosReport[] = []
for (const backend of backends) {
  if (backend !== 'etcd' && backend !== 'embedded') {
    process.stderr.write(`--backend must be etcd or embedded, not ${JSON.stringify(backend)}\n`)
    process.exit(2)
  }
  try {
    reports.push(
      await runChaos({
        backend,
        seed,
        seconds,
        clients: Number(values.clients),
        ...(values.fault === undefined ? {} : { faults: values.fault }),
        log: line => process.stderr.write(`${backend}: ${line}\n`),
        signal: stopping.signal,
      }),
    )
  } catch (error) {
    if (!stopping.signal.aborted) throw error
    process.exit(128 + constants.signals[stopping.signal.reason as 'SIGINT' | 'SIGTERM'])
  }
}
if (values.output === 'json') process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`)
else for (const report of reports) process.stdout.write(text(report))
process.exit(reports.every(({ violations }) => violations.length === 0) ? 0 : 1)

function text({ backend, seconds, faults, operations, versions, watches, violations }: ChaosReport): string {
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `  ${String(count).padStart(7)} ${name}\n`)
      .join('')
  return [
    `\n${backend}, ${seconds} s\n\nfaults\n${list(faults)}\noperations\n${list(operations)}\n`,
    `${versions} versions; ${watches.watchers} watchers saw ${watches.events} events in ${watches.stretches} stretches\n`,
    ...violations.slice(0, 50).map(line => `VIOLATION ${line}\n`),
    `${violations.length} violations\n`,
  ].join('')
}
