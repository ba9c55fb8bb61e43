// npm run power-cut -- --cuts 200: as many cuts under load, a line each; fails when an acknowledged write is lost.
import { parseFlags } from '@kubets/component'
import { runPowerCuts } from './run.ts'

const { values } = parseFlags(
  {
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
      choices: ['busy', 'loop', 'thread'],
      help: 'Who writes: the loop until there is much to write, always the loop, or always a thread.',
    },
  },
  process.argv.slice(2),
)
const reports = await runPowerCuts({
  cuts: values.cuts,
  within: values.within,
  durability: values.durability as 'disk' | 'none',
  writer: values.writer as 'busy' | 'loop' | 'thread',
  onCut: ({ acknowledged, found, complaints, torn }) =>
    process.stdout.write(
      `${acknowledged} acknowledged, ${found} found${torn ? ', the last commit torn' : ''}${complaints.map(text => `\n  ${text}`).join('')}\n`,
    ),
})
const broken = reports.filter(report => report.complaints.length > 0).length
const torn = reports.filter(report => report.torn).length
process.stdout.write(`${reports.length} cuts, ${torn} that tore a commit, ${broken} with losses\n`)
process.exit(broken > 0 ? 1 : 0)
