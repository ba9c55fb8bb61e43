import type { RunnerTask } from 'vitest'
import { startVitest } from 'vitest/node'

// `npm test [-- filter…]`: the whole suite, then the one line that machines read.
const vitest = await startVitest('test', process.argv.slice(2), { watch: false, run: true })
const files = vitest.state.getFiles()
const tests = files.flatMap(file => leaves(file.tasks))
const passed = tests.filter(test => test.result?.state === 'pass').length
const skipped = tests.filter(test => test.mode === 'skip' || test.mode === 'todo').length
const brokenFiles = vitest.state
  .getFiles()
  .filter(file => file.result?.state === 'fail' && file.tasks.length === 0).length
// what neither passed nor was skipped has failed: a test that never ran counts against us
const failed = tests.length - passed - skipped + brokenFiles + vitest.state.getUnhandledErrors().length
await vitest.close()
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function leaves(tasks: readonly RunnerTask[]): RunnerTask[] {
  return tasks.flatMap(task => (task.type === 'suite' ? leaves(task.tasks) : [task]))
}
