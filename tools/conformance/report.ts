import type { Outcome } from './junit.ts'
import { type ConformanceTest, keyOf } from './test-list.ts'

export interface Report {
  passed: number
  failed: number
  notRun: number
  tests: { sig: string; name: string; state: 'passed' | 'failed' | 'not run'; seconds?: number; message?: string }[]
  /** For people: a table by SIG, then what did not pass, by name. */
  text: string
}

/** Outcomes are by `keyOf` the test. */
export function reportOf(wanted: readonly ConformanceTest[], outcomes: ReadonlyMap<string, Outcome>): Report {
  const tests: Report['tests'] = wanted.map(({ sig, name }) => {
    const outcome = outcomes.get(keyOf(name))
    if (outcome === undefined || outcome.state === 'skipped') return { sig, name, state: 'not run' }
    const { state, seconds, message } = outcome
    return { sig, name, state, seconds, ...(message === undefined ? {} : { message }) }
  })
  const of = (state: string, among = tests) => among.filter(test => test.state === state)
  const rows = [...Map.groupBy(tests, test => test.sig)].map(([sig, own]) =>
    [sig.padEnd(22), ...['passed', 'failed', 'not run'].map(state => String(of(state, own).length).padStart(8))].join(
      '',
    ),
  )
  const total = [
    'TOTAL'.padEnd(22),
    ...['passed', 'failed', 'not run'].map(state => String(of(state).length).padStart(8)),
  ].join('')
  const listed = (title: string, state: string) =>
    of(state).length === 0
      ? ''
      : `\n${title}\n${of(state)
          .map(test => `  [${test.sig}] ${test.name}${test.message ? `\n      ${test.message.slice(0, 300)}` : ''}\n`)
          .join('')}`
  return {
    passed: of('passed').length,
    failed: of('failed').length,
    notRun: of('not run').length,
    tests,
    text: `${'SIG'.padEnd(22)}  PASSED  FAILED NOT RUN\n${rows.join('\n')}\n${total}\n${listed('PASSED', 'passed')}${listed('FAILED', 'failed')}${listed('NOT RUN', 'not run')}`,
  }
}
