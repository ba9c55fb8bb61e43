import { describe, expect, it } from 'vitest'
import { readJunit } from './junit.ts'
import { reportOf } from './report.ts'
import { conformanceTests, keyOf, parseTests, testsWithoutPods } from './test-list.ts'

describe('the list of conformance tests', () => {
  it('has the 408 tests that it says it has', async () => {
    const tests = await conformanceTests()
    expect(tests).toHaveLength(408)
    expect(new Set(tests.map(test => keyOf(test.name))).size).toBe(408)
  })

  it('takes names without releases, also where parentheses belong to the name', () => {
    const text = '## [sig-x]\n\n### a/b.go\n\n- plain (v1.9, v1.18)\n- with (non-root,0644) in it [LinuxOnly] (v1.9)\n'
    expect(parseTests(text)).toEqual([
      { sig: 'sig-x', file: 'a/b.go', name: 'plain' },
      { sig: 'sig-x', file: 'a/b.go', name: 'with (non-root,0644) in it [LinuxOnly]' },
    ])
  })

  it('knows every test that is listed as needing no pods', async () => {
    const names = new Set((await conformanceTests()).map(test => test.name))
    expect([...(await testsWithoutPods())].filter(name => !names.has(name))).toEqual([])
  })

  it('finds a test by its text in the binary', () => {
    expect(keyOf('[sig-apps] CronJob should support CronJob API operations [Conformance]')).toBe(
      'CronJob should support CronJob API operations',
    )
  })
})

describe('the report', () => {
  const junit = `<testsuite>
    <testcase name="[SynchronizedBeforeSuite]" status="passed" time="1"/>
    <testcase name="[It] [sig-x] one &lt;2&gt; [Conformance]" status="passed" time="1.5"><system-err>x</system-err></testcase>
    <testcase name="[It] [sig-x] two [Conformance]" status="failed" time="2"><failure message="it broke&#xA;here" type="failed">x</failure></testcase>
    <testcase name="[It] [sig-x] three [Conformance]" status="skipped" time="0"><skipped message="skipped"></skipped></testcase>
  </testsuite>`

  it('reads what passed, failed and was skipped', () => {
    expect(readJunit(junit)).toEqual(
      new Map([
        ['[It] [sig-x] one <2> [Conformance]', { state: 'passed', seconds: 1.5 }],
        ['[It] [sig-x] two [Conformance]', { state: 'failed', seconds: 2, message: 'it broke' }],
        ['[It] [sig-x] three [Conformance]', { state: 'skipped', seconds: 0 }],
      ]),
    )
  })

  it('counts what never ran as not run', () => {
    const outcomes = new Map([...readJunit(junit)].map(([text, outcome]) => [keyOf(text), outcome]))
    const wanted = ['one <2>', 'two', 'three', 'four'].map(name => ({ sig: 'sig-x', file: 'a.go', name }))
    const report = reportOf(wanted, outcomes)
    expect([report.passed, report.failed, report.notRun]).toEqual([1, 1, 2])
    expect(report.text).toContain('  [sig-x] two\n      it broke\n')
  })
})
