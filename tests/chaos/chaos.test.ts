import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runChaos } from './run.ts'

// a slice of `npm run chaos`, of the same seed each time
test.each(['etcd', 'embedded'] as const)(
  'over %s nothing that was acknowledged is lost, and nobody sees time go backwards, while things break',
  async backend => {
    const report = await runChaos({ backend, seed: 7, seconds: 6, clients: 4, watchers: 2, log: () => undefined })
    expect(report.violations).toEqual([])
    expect(report.versions).toBeGreaterThan(0)
    expect(report.watches.events).toBeGreaterThan(0)
    expect(Object.keys(report.faults).length).toBeGreaterThan(0)
  },
  120_000,
)

/** `npm run chaos` with a folder of its own: it is sent the signal as soon as it says that something breaks. Resolves with what it said and its end. */
async function sendSignal(signal: NodeJS.Signals, folder: string, fault: string) {
  // members run as users of their own
  await chmod(folder, 0o755)
  const args = [join(import.meta.dirname, 'main.ts'), '--backend=etcd', '--seconds=600', `--fault=${fault}`]
  const run = spawn(process.execPath, args, { stdio: 'pipe', env: { ...process.env, TMPDIR: folder } })
  let said = ''
  let told = false
  const ended = once(run, 'exit')
  run.stderr.on('data', text => {
    said += text
    if (told || !said.includes(fault)) return
    told = true
    run.kill(signal)
  })
  return { end: await ended, said, pid: run.pid }
}

/** Command lines that name the folder. */
function processesOf(folder: string): string[] {
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  return processes.filter(line => line.includes(folder))
}

test('a run that is told to end by a signal leaves no process and no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-chaos-test-'))
  try {
    const { end, said, pid } = await sendSignal('SIGTERM', folder, 'cut off')
    expect(end, said).toEqual([143, null])
    expect(await readdir(folder)).toEqual([])
    expect(processesOf(folder)).toEqual([])
    expect(execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' })).not.toContain(`kubets_etcd_${pid}_`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)

test('a run that is killed leaves no process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-chaos-test-'))
  try {
    const { end, said } = await sendSignal('SIGKILL', folder, 'frozen')
    expect(end, said).toEqual([null, 'SIGKILL'])
    await expect.poll(() => processesOf(folder)).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)
