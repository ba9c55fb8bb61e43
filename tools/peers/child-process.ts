import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Set once it has ended. */
  readonly ended: Promise<number | null>
}

/** Starts a program with its output in a file. Disposing ends it, by force after ten seconds, and waits for that. */
export async function startChild(command: string, args: readonly string[], logFile: string): Promise<Child> {
  const log = createWriteStream(logFile)
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise<number | null>(resolve => {
    child.once('close', code => {
      log.end()
      resolve(code)
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', error => reject(new Error(`cannot start ${command}`, { cause: error })))
  })
  return {
    pid: child.pid as number,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(force)
    },
  }
}

/** Asks until the answer is yes. Fails with the end of the log when the program ends first, or the time is over. */
export async function untilReady(
  child: Child,
  options: { name: string; logFile: string; seconds: number; ready: () => Promise<boolean> },
): Promise<void> {
  let over = false
  void child.ended.then(() => {
    over = true
  })
  const deadline = Date.now() + options.seconds * 1000
  while (!(await options.ready().catch(() => false))) {
    if (over || Date.now() > deadline) {
      const log = await readFile(options.logFile, 'utf8').catch(() => '')
      const why = over ? 'ended' : `was not ready within ${options.seconds} s`
      throw new Error(`${options.name} ${why}:\n${log.slice(-3000)}`)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
