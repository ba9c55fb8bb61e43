import { existsSync, type FSWatcher, mkdirSync, readFileSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type Logger, sleep } from '@kubets/component'
import type { Cgroups } from '../cgroup/cgroups.ts'
import type { Container, ContainerStore } from '../store/container-store.ts'
import type { Conmon } from './conmon.ts'

export interface SupervisorOptions {
  store: ContainerStore
  conmon: Conmon
  cgroups: Cgroups
  clock: Clock
  log: Logger
  /** Where a container's bundle is. */
  bundleOf(id: string): string
  /** Told after the end of a container is on disk. */
  exited(container: Container): void
  /** Kills what is left of an ended container, frees its cgroup and unmounts its root. */
  cleanUp(container: Container): Promise<void>
}

interface Live {
  container: Container
  /** Resolves when StartContainer has written RUNNING: an end before that waits for it. */
  started: Promise<boolean>
  conmonGone: Disposable
  ended: PromiseWithResolvers<void>
  /** Set by whoever sees the end first: the exit file, or the end of conmon. */
  ending: boolean
}

/** Watches running containers to their end, whichever shim started them. */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions
  readonly #live = new Map<string, Live>()
  readonly #cleaning = new Map<string, Promise<void>>()
  readonly #watcher: FSWatcher
  readonly #stop = new AbortController()

  constructor(options: SupervisorOptions) {
    this.#options = options
    mkdirSync(options.conmon.paths.exits, { recursive: true, mode: 0o700 })
    this.#watcher = watch(options.conmon.paths.exits, (_event, name) => {
      const live = name === null ? undefined : this.#live.get(name)
      // the first event may come before the code is written: the next one brings it
      if (live && readExit(options.conmon.paths.exits, live.container.id)) this.#end(live)
    })
    // the exits folder went away under us: every conmon's own end still tells
    this.#watcher.on('error', error => options.log.error({ err: error }, 'Watching container exits failed'))
  }

  /** @param started for a container that is being started: resolves with false when that failed */
  watch(container: Container, started: Promise<boolean> = Promise.resolve(true)): void {
    const live: Live = {
      container,
      started,
      conmonGone: this.#options.conmon.whenGone(this.#options.bundleOf(container.id), () => {
        this.#lastWords(live).catch(error => this.#options.log.error({ err: error }, 'Waiting for conmon failed'))
      }),
      ended: Promise.withResolvers(),
      ending: false,
    }
    this.#live.set(container.id, live)
    if (readExit(this.#options.conmon.paths.exits, container.id)) this.#end(live)
  }

  /** A start that failed: nobody waits for the end. */
  forget(id: string): void {
    const live = this.#live.get(id)
    live?.conmonGone[Symbol.dispose]()
    live?.ended.resolve()
    this.#live.delete(id)
  }

  /** Resolves once the container's end is on disk; at once for one that does not run. */
  async ended(id: string): Promise<void> {
    await this.#live.get(id)?.ended.promise
  }

  /** Resolves once an ended container's cgroup and mounts are gone. */
  async cleaned(id: string): Promise<void> {
    await this.#cleaning.get(id)
  }

  /** conmon lets its end of the FIFO go a few milliseconds before it writes the exit code: it is asked until it is no more. */
  async #lastWords(live: Live): Promise<void> {
    const { exits } = this.#options.conmon.paths
    for (let wait = 2; !this.#stop.signal.aborted && !live.ending; wait = Math.min(wait * 2, 1_000)) {
      const rebooted = !existsSync(this.#options.bundleOf(live.container.id)) // then the process number is someone else's
      if (rebooted || readExit(exits, live.container.id) || !isConmon(live.container.status.conmonPid))
        return this.#end(live)
      await sleep(wait, this.#stop.signal, this.#options.clock)
    }
  }

  #end(live: Live): void {
    if (live.ending) return
    live.ending = true
    live.started
      .then(started => (started ? this.#finish(live) : undefined))
      .catch(error =>
        this.#options.log.error(
          { err: error, container: live.container.id },
          'Recording the end of a container failed',
        ),
      )
  }

  #finish(live: Live): void {
    const { container } = live
    const { store, clock, log } = this.#options
    const exit = readExit(this.#options.conmon.paths.exits, container.id)
    const oom = this.#wasOomKilled(container)
    store.update(container, {
      state: 'CONTAINER_EXITED',
      exitCode: exit?.code ?? 255,
      finishedAt: exit?.at ?? String(BigInt(clock.now()) * 1_000_000n),
      reason: oom ? 'OOMKilled' : exit === undefined ? 'Unknown' : exit.code === 0 ? 'Completed' : 'Error',
      message: exit === undefined ? 'the process that watched the container ended before it (conmon)' : '',
      pid: 0,
      conmonPid: 0,
    })
    if (exit === undefined)
      log.error({ container: container.id }, 'conmon of a running container ended; the container is killed')
    else log.debug({ container: container.id, exitCode: exit.code, oom }, 'Container ended')
    live.conmonGone[Symbol.dispose]()
    this.#live.delete(container.id)
    const cleaning = this.#options
      .cleanUp(container)
      .catch(error => log.error({ err: error, container: container.id }, 'Cleaning up after a container failed'))
      .finally(() => this.#cleaning.delete(container.id))
    this.#cleaning.set(container.id, cleaning)
    this.#options.exited(container)
    live.ended.resolve()
  }

  /** conmon leaves a file; the counter of the cgroup also knows of kills that conmon had no time to see. */
  #wasOomKilled(container: Container): boolean {
    return (
      existsSync(join(this.#options.conmon.paths.persist, container.id, 'oom')) ||
      existsSync(join(this.#options.bundleOf(container.id), 'oom')) ||
      this.#options.cgroups.oomKills(container.record.cgroupPath) > 0
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#watcher.close()
    for (const { conmonGone } of this.#live.values()) conmonGone[Symbol.dispose]()
    await Promise.all(this.#cleaning.values())
  }
}

function isConmon(pid: number): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('conmon') &&
      !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    )
  } catch {
    return false
  }
}

function readExit(dir: string, id: string): { code: number; at: string } | undefined {
  try {
    const file = join(dir, id)
    const code = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return Number.isNaN(code) ? undefined : { code, at: String(statSync(file, { bigint: true }).mtimeNs) }
  } catch {
    return undefined
  }
}
