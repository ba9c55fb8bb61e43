import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from '@kubets/component/plain'
import { identify, type ProcessIdentity, signal } from '../cluster-directory/index.ts'
import type { ServiceSpec } from './service-spec.ts'

export interface SupervisorOptions {
  logDirectory: string
  /** Called whenever the set of processes changes. */
  onChange(processes: Record<string, ProcessIdentity>): Promise<void>
  onRestart(name: string, why: string): void
}

/** First pause before a restart; doubles up to the bound; starts over after a minute of life. */
const firstPause = 100
const longestPause = 10_000
const settled = 60_000
/** After SIGTERM a service has so long before SIGKILL. */
const stopGrace = 8_000

export interface Supervisor {
  /** Starts a service; resolves when it is ready, rejects with the end of its log when it ends before that. */
  start(spec: ServiceSpec): Promise<void>
  /** Ends services in the reverse order of their start, those whose name matches, and waits for them. */
  stop(matches?: (name: string) => boolean): Promise<void>
  /** From now on `start` rejects with this reason, and what starts right now is ended. */
  close(reason: unknown): void
}

interface Service {
  spec: ServiceSpec
  child: ChildProcess
  identity: ProcessIdentity
  ended: Promise<void>
  /** Its first message over IPC: it serves. */
  ready: Promise<void>
  abort: AbortController
}

/**
 * Keeps a cluster's processes alive: one that ends without being told to is started again, with growing pauses.
 * Services are in sessions of their own, so that Ctrl-C in the terminal reaches only the supervisor, which ends them in order.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const services = new Map<string, Service>()
  let closed: { reason: unknown } | undefined
  // one after another, each with what holds by then: records are never written over a newer one
  let recording: Promise<void> = Promise.resolve()
  const changed = () => {
    const recorded = recording.then(() =>
      options.onChange(Object.fromEntries([...services].map(([name, service]) => [name, service.identity]))),
    )
    // whoever waits hears of a full disk; the records after it are written all the same
    recording = recorded.catch(() => undefined)
    return recorded
  }

  const logFile = (name: string) => join(options.logDirectory, `${name}.log`)

  async function launch(spec: ServiceSpec, abort: AbortController): Promise<Service> {
    await mkdir(options.logDirectory, { recursive: true, mode: 0o700 })
    const log = await open(logFile(spec.name), 'a', 0o600)
    try {
      if (closed) throw closed.reason
      abort.signal.throwIfAborted()
      const [program, ...args] = spec.command as [string, ...string[]]
      const child = spawn(program, args, {
        detached: true,
        stdio: ['ignore', log.fd, log.fd, ...(spec.ready === 'ipc' ? ['ipc' as const] : [])],
        env: { ...process.env, ...spec.env },
        ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      })
      const ended = new Promise<void>(resolve => {
        child.once('exit', () => resolve())
        child.on('error', error => {
          // no such program, or an IPC channel that broke: the latter is told by the exit
          if (child.pid === undefined)
            void appendFile(logFile(spec.name), `Error: ${error.message}\n`).then(resolve, resolve)
        })
      })
      const ready = new Promise<void>(resolve =>
        child.once('message', () => {
          if (child.connected) child.disconnect()
          resolve()
        }),
      )
      const service: Service = { spec, child, identity: { pid: child.pid ?? 0, started: 'ended' }, ended, ready, abort }
      // in the map before anything is awaited: a stop that comes now finds it
      services.set(spec.name, service)
      service.identity = await identify(child.pid ?? 0)
      await changed()
      return service
    } finally {
      await log.close()
    }
  }

  async function keepAlive(service: Service): Promise<void> {
    let pause = firstPause
    for (;;) {
      const started = Date.now()
      await service.ended
      if (service.abort.signal.aborted) return
      const { exitCode, signalCode } = service.child
      options.onRestart(service.spec.name, signalCode ? `ended by ${signalCode}` : `exited with code ${exitCode}`)
      pause = Date.now() - started > settled ? firstPause : pause
      await sleep(pause, service.abort.signal)
      if (service.abort.signal.aborted) return
      pause = Math.min(pause * 2, longestPause)
      try {
        service = await launch(service.spec, service.abort)
      } catch (error) {
        if (service.abort.signal.aborted || closed) return
        // no file handles, no disk: the supervisor lives on and tries again
        const why = error instanceof Error ? error.message : String(error)
        // one that runs but could not be recorded is kept
        service = services.get(service.spec.name) ?? service
        options.onRestart(service.spec.name, `could not be started again (${why})`)
      }
    }
  }

  return {
    async start(spec) {
      const offset = await logSize(options.logDirectory, spec.name)
      const service = await launch(spec, new AbortController())
      if (spec.ready === 'ipc') {
        const outcome = await Promise.race([
          service.ready.then(() => 'ready' as const),
          service.ended.then(() => 'ended' as const),
        ])
        if (outcome === 'ended') {
          services.delete(spec.name)
          await changed()
          if (closed) throw closed.reason
          throw new Error(`${spec.name} did not start: ${await lastWords(options.logDirectory, spec.name, offset)}`)
        }
      }
      void keepAlive(service)
    },
    close(reason) {
      closed = { reason }
    },
    async stop(matches = () => true) {
      for (const [name, service] of [...services].reverse().filter(([name]) => matches(name))) {
        service.abort.abort()
        const current = services.get(name) ?? service
        signal(current.identity.pid, 'SIGTERM')
        const kill = setTimeout(() => signal(current.identity.pid, 'SIGKILL'), stopGrace)
        await current.ended
        clearTimeout(kill)
        services.delete(name)
      }
      await changed()
    },
  }
}

async function logSize(directory: string, name: string): Promise<number> {
  return (await readFile(join(directory, `${name}.log`)).catch(() => Buffer.alloc(0))).length
}

/** What a service said last: the message of its last log line, or the line as it is. */
async function lastWords(directory: string, name: string, offset: number): Promise<string> {
  const path = join(directory, `${name}.log`)
  const text = (await readFile(path).catch(() => Buffer.alloc(0))).subarray(offset).toString()
  const lines = text
    .trim()
    .split('\n')
    .filter(line => line !== '')
  const messages = lines.map(line => {
    try {
      const { msg, level } = JSON.parse(line) as { msg?: string; level?: string }
      return level === 'fatal' || level === 'error' ? msg : undefined
    } catch {
      return line.startsWith('Error: ') ? line.slice(7) : undefined
    }
  })
  return (
    messages.findLast(message => message !== undefined) ?? `see ${path}${lines.length > 0 ? `: ${lines.at(-1)}` : ''}`
  )
}
