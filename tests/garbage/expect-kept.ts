import { execFile } from 'node:child_process'
import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, vi } from 'vitest'

/** Flags for a process of Node whose garbage a test means to collect: its inspector, once it is asked for, listens on a free port. */
export const collectable = ['--inspect-port=127.0.0.1:0'] as const

/** What is to be below a bound, bytes, for a process that was started with {@link collectable}. */
export interface Kept {
  readonly pid: number
  /** What it is, for whom it is not. */
  readonly what: string
  /** How much there is now, garbage included, and pages that were given back to malloc only. */
  bytes(): Promise<number>
  readonly below: number
  /** How much V8 may hold in all when garbage is collected, on its heap and outside. Where that is told, pages that malloc keeps may be as many again as `below`. */
  readonly held?: number
  /** All that the process has written to its standard error. */
  said(): Promise<string> | string
}

/**
 * What a process holds beside its garbage, which is collected where there is more than that. How much lies about before, only V8 knows, and how much of it malloc then
 * gives back to the system, nobody, so that no bound on it can be both tight and steady. What was collected is given back by other threads, a little later.
 */
export async function expectKept({ pid, what, bytes, below, held, said }: Kept): Promise<void> {
  if ((await bytes()) < below) return
  await vi.waitFor(
    async () => {
      const holds = await collectGarbage(pid, said)
      if (held !== undefined) expect(holds, `${what}: held`).toBeLessThan(held)
      expect(await bytes(), what).toBeLessThan(held === undefined ? below : 2 * below)
    },
    { timeout: 15_000, interval: 200 },
  )
}

/** How many bytes V8 holds behind it. */
async function collectGarbage(pid: number, said: Kept['said']): Promise<number> {
  process.kill(pid, 'SIGUSR1')
  const url = await vi.waitUntil(async () => /^Debugger listening on (ws:\S+)$/m.exec(await said())?.[1], {
    timeout: 20_000,
    interval: 20,
  })
  const network = async (of: number | 'self') => readlink(`/proc/${of}/ns/net`)
  const elsewhere = (await network(pid)) !== (await network('self'))
  const ask = [process.execPath, join(import.meta.dirname, 'ask-inspector.ts'), url]
  const [program = '', ...args] = elsewhere ? ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...ask] : ask
  const { stdout } = await promisify(execFile)(program, args, { timeout: 30_000 })
  const holds = Number(stdout)
  if (!(holds > 0)) throw new Error(`the inspector of ${pid} does not say what it holds: ${stdout}`)
  return holds
}
