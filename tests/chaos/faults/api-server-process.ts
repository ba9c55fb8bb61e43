import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { endsWithUs } from '@kubets/component/testing'
import type { Server } from '../traffic/http.ts'

const main = join(import.meta.dirname, '../../../apps/api-server/src/main.ts')

/** An api-server as a process of its own, that can be killed and comes back on the same port. */
export class ApiServerProcess implements Server, AsyncDisposable {
  readonly name: string
  readonly port: number
  readonly #args: readonly string[]
  #child: ChildProcess | undefined
  #output = ''
  /** How it ended when nobody ended it: a signal or a code. */
  readonly endings: string[] = []

  constructor(name: string, port: number, args: readonly string[]) {
    this.name = name
    this.port = port
    this.#args = args
  }

  /** The end of what it said. */
  get output(): string {
    return this.#output
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  /** Starts it and waits until it serves. @throws Error when it does not. */
  async start(): Promise<void> {
    const [program, ...args] = endsWithUs([process.execPath, main, `--secure-port=${this.port}`, ...this.#args])
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const hear = (chunk: Buffer) => {
      this.#output = (this.#output + chunk).slice(-20_000)
    }
    this.#output = ''
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return
      this.#child = undefined
      this.endings.push(String(signal ?? code))
    })
    for (const until = Date.now() + 60_000; ; ) {
      if (this.#output.includes('Serving securely')) return
      if (this.#child !== child || Date.now() > until) throw new Error(`${this.name} does not serve:\n${this.#output}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    const exited = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await exited
  }
}
