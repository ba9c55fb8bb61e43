import { readCommandLine } from '@kubets/component/plain'
import type { RunnerTask, RunnerTestFile } from 'vitest'
import { startVitest } from 'vitest/node'

const { positionals } = readCommandLine({
  command: 'npm test --',
  about:
    'Runs every suite, or those that are named, and ends with the one line that machines read: N passed, N failed.',
  positionals: '[PATH…]',
  flags: {},
  examples: ['npm test', 'npm test -- libs', 'KUBETS_SEED=random npm test -- libs/storage'],
  more: 'A suite runs when its path contains one of the PATHs.',
})

/** So many files with a failure may be a disturbance of the machine; more are a fault of the code. */
const triedAgain = 2

interface Outcome {
  readonly files: readonly RunnerTestFile[]
  /** Errors that belong to no test. */
  readonly strayErrors: number
}

const first = await run([...positionals])
const failedFiles = first.files.filter(file => failures([file]).length > 0)
const again = failedFiles.length > 0 && failedFiles.length <= triedAgain && first.strayErrors === 0
if (again) process.stdout.write(`\nOnce more: ${failedFiles.map(file => file.name).join(', ')}\n`)
const second: Outcome = again ? await run(failedFiles.map(file => file.filepath)) : { files: [], strayErrors: 0 }
const rerun = new Set(second.files.map(file => file.filepath))
const files = [...first.files.filter(file => !rerun.has(file.filepath)), ...second.files]

const tests = files.flatMap(file => leaves(file.tasks))
const passed = tests.filter(test => test.result?.state === 'pass').length
const skipped = tests.filter(isSkipped).length
const failed = failures(files).length + first.strayErrors + second.strayErrors
// said for every one: each is a race in the code or in its test, and is to be mended as one
const still = new Set(failures(files))
const unsteady = failures(first.files).filter(name => !still.has(name))
if (unsteady.length > 0)
  process.stdout.write(`\nFailed at first, passed at the second try:\n  ${unsteady.join('\n  ')}\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

async function run(filters: string[]): Promise<Outcome> {
  const vitest = await startVitest('test', filters, { watch: false, run: true })
  const outcome = { files: vitest.state.getFiles(), strayErrors: vitest.state.getUnhandledErrors().length }
  await vitest.close()
  return outcome
}

/** By name. What neither passed nor was skipped has failed: a test that never ran counts against us, and so does a file that fails outside its tests. */
function failures(of: readonly RunnerTestFile[]): string[] {
  return of.flatMap(file => {
    const failedTests = leaves(file.tasks).filter(test => test.result?.state !== 'pass' && !isSkipped(test))
    if (failedTests.length === 0 && file.result?.state === 'fail') return [file.name]
    return failedTests.map(test => [file.name, ...path(test)].join(' > '))
  })
}

function isSkipped(test: RunnerTask): boolean {
  return test.mode === 'skip' || test.mode === 'todo'
}

function path(task: RunnerTask): string[] {
  return [...(task.suite ? path(task.suite as RunnerTask) : []), task.name]
}

function leaves(tasks: readonly RunnerTask[]): RunnerTask[] {
  return tasks.flatMap(task => (task.type === 'suite' ? leaves(task.tasks) : [task]))
}
