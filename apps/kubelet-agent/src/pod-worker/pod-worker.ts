import type { Pod } from '@kubets/api-types'
import { isConflict, isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { allContainers } from '../container-config/env.ts'
import { latest } from '../runtime/pod-state.ts'
import { podStatus } from '../status/pod-status.ts'
import { createBackOff } from './back-off.ts'
import { releaseResources, removePod } from './clean-up.ts'
import { forgetImages } from './ensure-image.ts'
import { podReference, type WorkerParts } from './parts.ts'
import { podIps } from './start-container.ts'
import { grace, type SyncMemory, syncPod } from './sync-pod.ts'
import { anythingRuns, terminatePod } from './terminate-pod.ts'
import { terminationMessage } from './termination-messages.ts'

/**
 * One pod's life on this node, one step at a time:
 *
 *     running ──(deleted, done, failed, evicted)──> ending ──(nothing runs)──> ended ──(gone from the API)──> gone
 *
 * `running` compares spec and runtime and acts, again and again. `ending` stops everything. `ended` tells the final status, gives
 * back volumes and cgroup and, for a deleted pod, deletes the API's object. `gone` has removed containers, sandboxes and logs.
 * A step that fails is tried again; what changes meanwhile is taken up by the next one.
 */
export type Stage = 'running' | 'ending' | 'ended' | 'gone'

const minRetry = 500
const maxRetry = 30_000

export class PodWorker {
  #pod: Pod
  #stage: Stage = 'running'
  #failure: { reason: string; message: string } | undefined
  #admitted = false
  #inApi = true
  /** The API's object is final already; nothing about it is written any more. */
  #silent = false
  #released = false
  #dirty = false
  #failures = 0
  #running: Promise<void> | undefined
  #reporting: Promise<void> | undefined
  #reportAgain = false
  #cancelTimer: () => void = () => undefined
  #interrupt = new AbortController()
  #deadline: () => void = () => undefined
  readonly #parts: WorkerParts
  readonly #onGone: () => void
  readonly #firstSeen: number
  readonly #messages = new Map<string, string>()
  readonly #memory: SyncMemory = {
    waiting: new Map(),
    backOff: createBackOff(),
    retryAt: new Map(),
    volumes: undefined,
    volumesAsked: 0,
  }

  constructor(parts: WorkerParts, pod: Pod, onGone: () => void) {
    this.#parts = parts
    this.#pod = pod
    this.#onGone = onGone
    this.#firstSeen = parts.clock.now()
    const { phase } = pod.status ?? {}
    if (phase === 'Succeeded' || phase === 'Failed') {
      this.#silent = true
      this.#admitted = true
      this.#stage = 'ending'
    }
    this.#watchDeadline()
    this.wake()
  }

  get pod(): Pod {
    return this.#pod
  }

  get stage(): Stage {
    return this.#stage
  }

  /** The API has a newer object. */
  update(pod: Pod): void {
    const old = this.#pod
    this.#pod = pod
    if (pod.metadata?.deletionTimestamp && grace(pod) !== (old.metadata?.deletionTimestamp ? grace(old) : undefined))
      this.#interruptNow()
    const shown = (p: Pod) => JSON.stringify([p.metadata?.labels, p.metadata?.annotations])
    if (shown(pod) !== shown(old)) this.#volumesChanged()
    if (pod.spec?.activeDeadlineSeconds !== old.spec?.activeDeadlineSeconds) this.#watchDeadline()
    // our own status writes come back here: they are nothing to act upon
    const relevant = (p: Pod) =>
      JSON.stringify([
        p.spec,
        p.metadata?.labels,
        p.metadata?.annotations,
        p.metadata?.deletionTimestamp,
        p.metadata?.generation,
      ])
    if (relevant(pod) !== relevant(old)) {
      this.#memory.retryAt.clear() // another image, perhaps
      this.wake()
    } else if (JSON.stringify(pod.status?.conditions) !== JSON.stringify(old.status?.conditions)) this.#report()
  }

  /** The API's object is gone. */
  deleted(): void {
    this.#inApi = false
    if (this.#stage === 'running') this.#interruptNow()
    this.wake()
  }

  /** A ConfigMap or Secret that the pod names has changed. */
  objectsChanged(): void {
    this.#volumesChanged()
    this.#memory.retryAt.clear()
    this.wake()
  }

  /** Something may have to be done: the runtime, a probe or a timer says so. */
  wake(): void {
    if (this.#stage === 'gone') return
    this.#dirty = true
    this.#report()
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined
      if (this.#dirty && !this.#parts.closing.aborted) this.wake()
    })
  }

  /** Ends the worker, not the pod. */
  async stop(): Promise<void> {
    this.#cancelTimer()
    this.#deadline()
    this.#interrupt.abort()
    await this.#running
    await this.#reporting
  }

  #interruptNow(): void {
    this.#interrupt.abort()
    this.#interrupt = new AbortController()
  }

  async #loop(): Promise<void> {
    await undefined // so that the caller has the promise before anything runs
    while (this.#dirty && !this.#parts.closing.aborted && this.#stage !== 'gone') {
      this.#dirty = false
      this.#cancelTimer()
      try {
        const retry = await this.#step(AbortSignal.any([this.#interrupt.signal, this.#parts.closing]))
        this.#failures = 0
        if (retry !== undefined) this.#later(retry)
      } catch (error) {
        if (this.#parts.closing.aborted) return
        this.#parts.logger.warn(
          { err: error, pod: this.#pod.metadata?.name, namespace: this.#pod.metadata?.namespace, stage: this.#stage },
          'Error syncing pod, will be tried again',
        )
        this.#later(Math.min(minRetry * 2 ** this.#failures++, maxRetry))
      }
      this.#report()
    }
  }

  #later(ms: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#parts.clock.after(ms, () => this.wake())
  }

  async #step(signal: AbortSignal): Promise<number | undefined> {
    switch (this.#stage) {
      case 'running':
        return this.#run(signal)
      case 'ending':
        return this.#end(signal)
      case 'ended':
        return this.#settle()
      case 'gone':
        return undefined
    }
  }

  async #run(signal: AbortSignal): Promise<number | undefined> {
    const parts = this.#parts
    const state = parts.runtime.state(this.#uid)
    if (!this.#admitted && this.#inApi && !this.#pod.metadata?.deletionTimestamp) {
      // what already runs was admitted by the kubelet before this one
      this.#failure = state.sandboxes.length > 0 ? undefined : await parts.admit(this.#pod)
      this.#admitted = true
      if (this.#failure)
        parts.recorder.event(podReference(this.#pod), 'Warning', this.#failure.reason, this.#failure.message)
    }
    if (!this.#inApi || this.#pod.metadata?.deletionTimestamp || this.#failure || this.#done())
      return this.#go('ending')
    return syncPod(parts, this.#pod, this.#memory, signal, () => this.#report())
  }

  async #end(signal: AbortSignal): Promise<number | undefined> {
    const parts = this.#parts
    parts.prober.ending(this.#uid)
    await terminatePod(parts, this.#pod, { graceSeconds: grace(this.#pod), hurry: signal })
    if (signal.aborted) {
      this.#dirty = true // with less grace now
      return undefined
    }
    if (anythingRuns(parts.runtime.state(this.#uid))) return minRetry
    return this.#go('ended')
  }

  async #settle(): Promise<number | undefined> {
    const parts = this.#parts
    if (anythingRuns(parts.runtime.state(this.#uid))) return this.#go('ending') // a call that was cancelled has come true after all
    if (!this.#released) {
      await releaseResources(parts, this.#pod)
      forgetImages(parts, this.#pod)
      this.#released = true
    }
    if (!this.#inApi) {
      await removePod(parts, this.#pod)
      parts.status.forget(this.#uid)
      this.#deadline()
      this.#stage = 'gone'
      this.#onGone()
      return undefined
    }
    if (this.#pod.metadata?.deletionTimestamp) {
      this.#report()
      await this.#reporting
      if (!this.#silent)
        await new Promise<void>(resolve => {
          parts.status.afterWritten(this.#uid, resolve)
          parts.closing.addEventListener('abort', () => resolve(), { once: true })
        })
      if (parts.closing.aborted) return undefined
      const { namespace = 'default', name = '' } = this.#pod.metadata
      try {
        await parts.client.delete(
          resources.pods,
          { namespace, name },
          { gracePeriodSeconds: 0, preconditions: { uid: this.#uid }, signal: parts.closing },
        )
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
      // a finalizer may keep it; its removal comes through the informer
    }
    return undefined
  }

  #go(stage: Stage): undefined {
    this.#stage = stage
    this.#dirty = true
    return undefined
  }

  get #uid(): string {
    return this.#pod.metadata?.uid ?? ''
  }

  /** All containers have ended and none will be started again. */
  #done(): boolean {
    const policy = this.#pod.spec?.restartPolicy ?? 'Always'
    const state = this.#parts.runtime.state(this.#uid)
    const failedForGood = (this.#pod.spec?.initContainers ?? []).some(container => {
      const last = latest(state, container.name)
      return (
        policy === 'Never' &&
        container.restartPolicy !== 'Always' &&
        last?.state === 'CONTAINER_EXITED' &&
        last.exitCode !== 0
      )
    })
    const regular = this.#pod.spec?.containers ?? []
    if (failedForGood && !regular.some(c => latest(state, c.name) !== undefined)) return true
    if (policy === 'Always' || regular.length === 0) return false
    return regular.every(container => {
      const last = latest(state, container.name)
      return last?.state === 'CONTAINER_EXITED' && (policy === 'Never' || last.exitCode === 0)
    })
  }

  #watchDeadline(): void {
    this.#deadline()
    const seconds = this.#pod.spec?.activeDeadlineSeconds
    if (seconds === undefined || this.#silent) return
    const start = this.#pod.status?.startTime ? Date.parse(this.#pod.status.startTime) : this.#firstSeen
    this.#deadline = this.#parts.clock.after(Math.max(0, start + seconds * 1_000 - this.#parts.clock.now()), () => {
      if (this.#stage !== 'running') return
      const message = 'Pod was active on the node longer than the specified deadline'
      this.#failure = { reason: 'DeadlineExceeded', message }
      this.#parts.recorder.event(podReference(this.#pod), 'Normal', 'DeadlineExceeded', message)
      this.#interruptNow()
      this.wake()
    })
  }

  /** Tells the API how the pod is, as soon as what it needs is read. Merged: one runs, one waits. */
  #report(): void {
    if (this.#reporting !== undefined) {
      this.#reportAgain = true
      return
    }
    this.#reporting = this.#reportNow()
      .catch(error =>
        this.#parts.logger.error(
          { err: error, pod: this.#pod.metadata?.name },
          'The status of the pod could not be made',
        ),
      )
      .finally(() => {
        this.#reporting = undefined
        if (!this.#reportAgain) return
        this.#reportAgain = false
        this.#report()
      })
  }

  async #reportNow(): Promise<void> {
    await undefined // several changes in one turn are one report
    const parts = this.#parts
    const known = parts.runtime.state(this.#uid)
    for (const status of known.containers)
      if (status.state === 'CONTAINER_EXITED' && !this.#messages.has(status.id))
        this.#messages.set(status.id, await terminationMessage(status))
    const state = parts.runtime.state(this.#uid)
    for (const id of [...this.#messages.keys()]) if (!state.containers.some(c => c.id === id)) this.#messages.delete(id)
    const containers = allContainers(this.#pod)
    if (this.#stage === 'running') {
      const podIp = this.#pod.spec?.hostNetwork
        ? parts.settings.nodeIp
        : (podIps(state.sandboxes[0])[0] ?? parts.settings.nodeIp)
      for (const container of containers) {
        const status = latest(state, container.name)
        if (status?.state === 'CONTAINER_RUNNING') parts.prober.watch(this.#pod, container, status, podIp)
      }
    }
    for (const status of state.containers) if (status.state === 'CONTAINER_EXITED') parts.prober.forget(status.id)
    if (this.#silent || !this.#inApi || this.#stage === 'gone') return
    const asked = (name: string, what: 'ready' | 'started') => {
      const status = latest(state, name)
      const container = containers.find(c => c.name === name)
      return status !== undefined && container !== undefined && parts.prober[what](status.id, container)
    }
    const terminated = this.#stage === 'ended'
    const status = podStatus(
      {
        pod: this.#pod,
        runtime: state,
        waiting: this.#memory.waiting,
        ready: name => asked(name, 'ready'),
        started: name => asked(name, 'started'),
        terminated,
        failure: this.#failure,
        hostIp: parts.settings.nodeIp,
        startTime: this.#firstSeen,
        now: parts.clock.now(),
        runtimeName: parts.runtimeName,
        terminationMessages: this.#messages,
      },
      parts.status.last(this.#uid) ?? this.#pod.status,
    )
    parts.status.set(this.#pod, status)
  }

  /** For running pods only: brings volumes up to date (the periodic refresh of tokens). */
  refreshVolumes(): void {
    if (this.#stage !== 'running' || this.#memory.volumes === undefined) return
    this.#volumesChanged()
    this.wake()
  }

  /** What volumes show is another: the next pass over the pod makes them again. */
  #volumesChanged(): void {
    this.#memory.volumes = undefined
    this.#memory.volumesAsked++
  }
}
