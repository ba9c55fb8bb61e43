import { readCommandLine } from '@kubets/component/plain'
import { fuzz } from './fuzz.ts'

const { values } = readCommandLine({
  command: 'npm run fuzz --',
  about: 'Sends hostile requests to an api-server of its own. Ends with 1 when an answer was not as it must be.',
  flags: {
    seconds: { type: 'number', default: 60, help: 'For how long.' },
    seed: { type: 'int', help: 'The same one sends the same requests. Without it one is chosen, and printed.' },
    requests: { type: 'int', help: 'Ends after so many, if they are sent before the time is over.' },
    json: { type: 'bool', help: 'The report as JSON.' },
  },
  examples: ['npm run fuzz -- --seconds 60 --seed 1'],
})
const seed = values.seed ?? Date.now() % 1_000_000
process.stderr.write(`seed ${seed}\n`)
const report = await fuzz({
  seed,
  seconds: values.seconds,
  ...(values.requests === undefined ? {} : { requests: values.requests }),
  onProgress: line => process.stderr.write(`${line}\n`),
})
if (values.json) process.stdout.write(`${JSON.stringify({ seed, ...report })}\n`)
else {
  const answers = Object.entries(report.answers).map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(`${report.requests} requests with seed ${seed}: ${answers.join(', ')}\n`)
  process.stdout.write(`slowest ${report.slowest.milliseconds} ms: ${report.slowest.request}\n`)
  process.stdout.write(`holds ${Math.round(report.growth / 1048576)} MiB more than before\n`)
  for (const { request, body, complaint } of report.complaints)
    process.stdout.write(`\n${complaint}\n  ${request}\n  ${body.slice(0, 600)}\n`)
  process.stdout.write(`\n${report.complaints.length} complaints\n`)
}
process.exit(report.complaints.length === 0 ? 0 : 1)
