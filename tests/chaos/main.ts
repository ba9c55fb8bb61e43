import { constants } from 'node:os'
import { readCommandLine } from '@kubets/component/plain'
import { type ChaosReport, runChaos } from './run.ts'

// A signal heals what is broken and ends what was started; a second one ends this process alone.
const { values, refuse } = readCommandLine({
  command: 'npm run chaos --',
  about: `Clients create, update, patch, delete, get, list and watch while things break at random. Every call and every watch is
then compared with the store's own history: ends with 1 when that cannot be.`,
  flags: {
    backend: { type: 'string', choices: ['etcd', 'embedded'], help: 'Without it one after the other.' },
    seconds: { type: 'number', default: 60, help: 'For how long, each backend.' },
    minutes: { type: 'number', help: 'The same in minutes.' },
    seed: { type: 'int', help: 'The same one makes the same plan. Without it one is chosen, and printed.' },
    clients: { type: 'int', default: 8, help: 'How many call at a time.' },
    fault: { type: 'string', help: 'Only faults whose name contains this.' },
    output: { type: 'string', short: 'o', default: 'text', choices: ['text', 'json'], help: 'Form of the report.' },
  },
  examples: ['npm run chaos -- --seconds 60', 'npm run chaos -- --backend etcd --minutes 5 --seed 7 -o json'],
})
const backends =
  values.backend === undefined ? (['etcd', 'embedded'] as const) : [values.backend as 'etcd' | 'embedded']
const seed = values.seed ?? Date.now() % 1_000_000
const seconds = values.minutes === undefined ? values.seconds : values.minutes * 60
if (!(seconds > 0)) refuse('--seconds and --minutes take a number above 0')
if (values.clients < 1) refuse('--clients takes a number above 0')
process.stderr.write(`seed ${seed}\n`)
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(name))
const reports: ChaosReport[] = []
for (const backend of backends) {
  try {
    reports.push(
      await runChaos({
        backend,
        seed,
        seconds,
        clients: values.clients,
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
