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
  /** How much there is now, garbage included. */
  bytes(): Promise<number>
  readonly below: number
  /** All that the process has written to its standard error. */
  said(): Promise<string> | string
}

/**
 * What a process holds beside its garbage, which is collected where there is more than that. How much lies about before, only V8 knows, so that no bound on it
 * can be both tight and steady. What was collected is given back by other threads, a little later.
 */
export async function expectKept({ pid, what, bytes, below, said }: Kept): Promise<void> {
  if ((await bytes()) < below) return
  await vi.waitFor(
    async () => {
      await collectGarbage(pid, said)
      expect(await bytes(), what).toBeLessThan(below)
    },
    { timeout: 15_000, interval: 200 },
  )
}

async function collectGarbage(pid: number, said: Kept['said']): Promise<void> {
  process.kill(pid, 'SIGUSR1')
  const url = await vi.waitUntil(async () => /^Debugger listening on (ws:\S+)$/m.exec(await said())?.[1], {
    timeout: 20_000,
    interval: 20,
  })
  const network = async (of: number | 'self') => readlink(`/proc/${of}/ns/net`)
  const elsewhere = (await network(pid)) !== (await network('self'))
  const ask = [process.execPath, join(import.meta.dirname, 'ask-inspector.ts'), url]
  const [program = '', ...args] = elsewhere ? ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...ask] : ask
  await promisify(execFile)(program, args, { timeout: 30_000 })
}
