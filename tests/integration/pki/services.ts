import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'

const app = (name: string) => new URL(`../../../apps/${name}/src/main.ts`, import.meta.url).pathname

export interface Service extends AsyncDisposable {
  readonly output: () => string
  readonly process: ChildProcess
}

/** A service as its own process. Ends with the test; resolves when its output has what shows that it runs. */
export async function startService(name: string, args: readonly string[], shows: string): Promise<Service> {
  const child = spawn(process.execPath, [app(name), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const shown = new Promise<void>(resolve => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        output += String(chunk)
        if (output.includes(shows)) resolve()
      })
  })
  const ended = once(child, 'close').then(() => {
    throw new Error(`${name} ended: ${output}`)
  })
  ended.catch(() => undefined)
  const stop = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  try {
    await Promise.race([shown, ended])
  } catch (error) {
    await stop()
    throw error
  }
  return { output: () => output, process: child, [Symbol.asyncDispose]: stop }
}

/** `kubets pki …` of a control plane on loopback in a folder. */
export async function pki(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[app('kubets'), 'pki', ...args, '--cert-dir', join(folder, 'pki')],
    ...['--node-name=cp-1', '--apiserver-advertise-address=127.0.0.1', '--service-cidr=10.96.0.0/16'],
  ])
  return stdout
}
