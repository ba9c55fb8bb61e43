import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from '../peers/index.ts'
import { type Outcome, readJunit } from './junit.ts'

const run = promisify(execFile)

export interface E2e {
  binary: string
  kubeconfig: string
  kubectl: string
  /** For reports and logs. */
  folder: string
  /** Seconds for all of the tests of one call. */
  timeout: number
}

/** Every test of the binary, as it names them. */
export async function listTests(binary: string): Promise<string[]> {
  const { stdout } = await run(binary, ['--list-tests'], { maxBuffer: 1 << 26 })
  return stdout.split('\n').flatMap(line => /^\s+\S+\.go:\d+: (.+)$/.exec(line)?.[1] ?? [])
}

/** Runs the tests of the given texts in one process, one after the other. What did not run is not in the answer. */
export async function runTests(e2e: E2e, name: string, texts: readonly string[]): Promise<Map<string, Outcome>> {
  if (texts.length === 0) return new Map()
  const folder = join(e2e.folder, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'tests.txt'), `${texts.join('\n')}\n`)
  const report = join(folder, 'junit.xml')
  const child = await startChild(
    e2e.binary,
    [
      `--kubeconfig=${e2e.kubeconfig}`,
      `--kubectl-path=${e2e.kubectl}`,
      '--provider=skeleton',
      '--minStartupPods=0',
      '--allowed-not-ready-nodes=0',
      '--disable-log-dump',
      '--ginkgo.no-color',
      `--ginkgo.timeout=${e2e.timeout}s`,
      `--ginkgo.junit-report=${report}`,
      ...texts.map(text => `--ginkgo.focus=${text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}`),
    ],
    join(folder, 'e2e.log'),
  )
  await child.ended
  const outcomes = readJunit(await readFile(report, 'utf8').catch(() => ''))
  const asked = new Set(texts)
  return new Map(
    [...outcomes].flatMap(([text, outcome]) => {
      // Ginkgo writes a test's labels once more behind its text
      const own = [...asked].find(each => text === `[It] ${each}` || text.startsWith(`[It] ${each} [`))
      return own === undefined || outcome.state === 'skipped' ? [] : [[own, outcome] as const]
    }),
  )
}
