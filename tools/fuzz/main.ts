import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

// npm run fuzz [-- --seconds N --seed S --requests N]: exit code 1 when an answer was not as it must be.
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    requests: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)
process.stderr.write(`seed ${seed}\n`)
const report = await fuzz({
  seed,
  seconds: Number(values.seconds),
  ...(values.requests === undefined ? {} : { requests: Number(values.requests) }),
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
