import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const pause = 1_000

export interface Service {
  stop(): Promise<void>
}

/** Starts a service of the image, waits until it is ready, and starts it again when it ends: containers go on meanwhile. Its log is ours. */
export async function startService(name: string, flags: readonly string[]): Promise<Service> {
  const stopping = new AbortController()
  let child = launch(name, flags)
  const first = await Promise.race([once(child, 'message').then(() => 'ready' as const), once(child, 'exit')])
  if (first !== 'ready') throw new Error(`${name} did not start`)
  const kept = keep()
  async function keep(): Promise<void> {
    for (;;) {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (stopping.signal.aborted) return
      process.stderr.write(
        `${name} has ended (${child.signalCode ?? `exit code ${child.exitCode}`}): starting it again\n`,
      )
      await new Promise(resolve => setTimeout(resolve, pause))
      if (stopping.signal.aborted) return
      child = launch(name, flags)
    }
  }
  return {
    async stop() {
      stopping.abort()
      child.kill('SIGTERM')
      await kept
    },
  }
}

function launch(name: string, flags: readonly string[]): ChildProcess {
  const child = spawn('kubets-entrypoint', [name, ...flags], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.once('message', () => child.disconnect())
  return child
}
