import { constants } from 'node:os'
import { readCommandLine } from '@kubets/component/plain'
import { type CutReport, type PowerCutOptions, runPowerCuts } from './run.ts'

// A signal ends it after the cut that is under way, a second one at once: what that leaves the next run clears.
const { values } = readCommandLine({
  command: 'npm run power-cut --',
  about:
    'Cuts the power of a store under load, again and again, a line each. Ends with 1 when an acknowledged write is lost.',
  flags: {
    cuts: { type: 'int', default: 200, help: 'How often the power is cut.' },
    within: { type: 'int', default: 1_000, help: 'Longest time of load before a cut, in milliseconds.' },
    durability: {
      type: 'string',
      default: 'disk',
      choices: ['disk', 'none'],
      help: 'Whether commits wait for the disk.',
    },
    writer: {
      type: 'string',
      default: 'busy',
      choices: ['busy', 'loop', 'thread', 'journal'],
      help: 'Who writes: the loop until there is much to write and then a thread behind a journal, always the loop, always a thread, or always a thread behind a journal.',
    },
  },
  examples: ['npm run power-cut -- --cuts 200', 'npm run power-cut -- --cuts 40 --writer journal'],
})
const reports: CutReport[] = []
const stopping = new AbortController()
let code: number | undefined
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    code = 128 + constants.signals[name]
    stopping.abort()
  })
try {
  await runPowerCuts({
    cuts: values.cuts,
    within: values.within,
    durability: values.durability as 'disk' | 'none',
    writer: values.writer as PowerCutOptions['writer'],
    signal: stopping.signal,
    onCut(report) {
      reports.push(report)
      const { acknowledged, found, complaints, torn } = report
      process.stdout.write(
        `${acknowledged} acknowledged, ${found} found${torn ? ', the last commit torn' : ''}${complaints.map(text => `\n  ${text}`).join('')}\n`,
      )
    },
  })
} catch (error) {
  // Ctrl-C reaches mount and mkfs, too
  if (!stopping.signal.aborted) throw error
}
const broken = reports.filter(report => report.complaints.length > 0).length
const torn = reports.filter(report => report.torn).length
process.stdout.write(`${reports.length} cuts, ${torn} that tore a commit, ${broken} with losses\n`)
process.exit(broken > 0 ? 1 : (code ?? 0))
