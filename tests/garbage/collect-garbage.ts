import { execFile } from 'node:child_process'
import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'

/** Flags for a process of Node whose garbage a test means to collect: its inspector, once it is asked for, listens on a free port. */
export const collectable = ['--inspect-port=127.0.0.1:0'] as const

/**
 * Collects the garbage of another process, which was started with {@link collectable}: what it holds after that, it keeps. How much lies about before, only V8
 * knows, so that no bound on it can be both tight and steady.
 *
 * @param said All that the process has written to its standard error.
 */
export async function collectGarbage(pid: number, said: () => Promise<string> | string): Promise<void> {
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
