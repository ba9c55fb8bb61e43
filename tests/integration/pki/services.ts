import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'

const app = (name: string) => new URL(`../../../apps/${name}/src/main.ts`, import.meta.url).pathname

export interface Service {
  readonly output: () => string
}

/** A service as its own process, which ends with the test. Resolves when it says that it is ready. */
export async function startService(
  undo: AsyncDisposableStack,
  name: string,
  args: readonly string[],
): Promise<Service> {
  const child = spawn(process.execPath, [app(name), ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (output += String(chunk)))
  const ready = once(child, 'message')
  const ended = once(child, 'close').then(() => {
    throw new Error(`${name} ended: ${output}`)
  })
  ended.catch(() => undefined)
  const stop = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  undo.defer(stop)
  await Promise.race([ready, ended])
  return { output: () => output }
}

/** `kubets pki …` of a control plane on loopback in a folder. */
export async function pki(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[app('kubets'), 'pki', ...args, '--cert-dir', join(folder, 'pki')],
    ...['--node-name=cp-1', '--apiserver-advertise-address=127.0.0.1', '--service-cidr=10.96.0.0/16'],
  ])
  return stdout
}
