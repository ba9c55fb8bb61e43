import { spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/**
 * Runs `kubets up` in a session of its own, repeats its progress here, and leaves it once it says that it is ready.
 * Exit code 0 then; its own exit code when it ends before that.
 */
export async function startDetached(directory: string): Promise<number> {
  const logs = join(resolve(directory), 'logs')
  await mkdir(logs, { recursive: true, mode: 0o700 })
  const log = await open(join(logs, 'kubets.log'), 'a', 0o600)
  const args = process.argv.slice(1).filter(argument => !/^--detach(=.*)?$/.test(argument))
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    env: { ...process.env, KUBETS_DETACHED: '1' },
  })
  await log.close()
  // Ctrl-C while it starts: the start is undone there, and this command ends with it
  const interrupt = () => child.kill('SIGINT')
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, interrupt)
  return new Promise<number>((done, fail) => {
    child.on('message', (message: { text?: string; error?: string; ready?: true }) => {
      if (message.text !== undefined) process.stdout.write(message.text)
      if (message.error !== undefined) process.stderr.write(message.error)
      if (message.ready) {
        for (const name of signals) process.off(name, interrupt)
        if (child.connected) child.disconnect()
        child.unref()
        done(0)
      }
    })
    child.once('error', fail)
    child.once('exit', code => done(code ?? 1))
  })
}
