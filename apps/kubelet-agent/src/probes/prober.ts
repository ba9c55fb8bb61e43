import type { Container, Pod } from '@kubets/api-types'
import type { Clock } from '@kubets/component'
import type { ContainerStatus, RuntimeClient } from '@kubets/cri'
import { type Probe, runProbe } from './run-probe.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'

export interface ProberOptions {
  cri: Pick<RuntimeClient, 'execSync'>
  clock: Clock
  /** False with the fake runtime: nobody is there to answer, so every probe counts as passed. */
  runsProcesses: boolean
  /** A result has changed. */
  changed(podUid: string): void
  /** A probe has failed, for the event. */
  unhealthy(pod: Pod, container: Container, message: string): void
}

/** Asks containers how they are. One timer a probe of a running container; nothing else is held. */
export interface Prober extends AsyncDisposable {
  /** Begins to ask a container that runs; does nothing when it is asked already. */
  watch(pod: Pod, container: Container, status: ContainerStatus, podIp: string): void
  /** Ends what is asked of this container, or of all of a pod. */
  forget(containerId: string): void
  forgetPod(uid: string): void
  /** The pod is ending: liveness and startup are asked no more, readiness still is. */
  ending(uid: string): void
  failed(containerId: string): 'liveness' | 'startup' | undefined
  ready(containerId: string, container: Container): boolean
  started(containerId: string, container: Container): boolean
}

interface Asked {
  uid: string
  kinds: Map<ProbeKind, { ok: boolean | undefined; stop: () => void }>
  end: AbortController
}

export function createProber(options: ProberOptions): Prober {
  const { clock } = options
  const asked = new Map<string, Asked>()
  const flights = new Set<Promise<void>>()

  const probeOf = (container: Container, kind: ProbeKind): Probe | undefined => {
    if (!options.runsProcesses) return undefined
    return kind === 'liveness'
      ? container.livenessProbe
      : kind === 'readiness'
        ? container.readinessProbe
        : container.startupProbe
  }

  function begin(
    entry: Asked,
    kind: ProbeKind,
    probe: Probe,
    pod: Pod,
    container: Container,
    status: ContainerStatus,
    podIp: string,
  ): void {
    const known = pod.status?.containerStatuses?.find(s => s.name === container.name)
    const sameContainer = known?.containerID?.endsWith(`//${status.id}`) === true
    // after a restart of the kubelet a container that was ready stays so until asked
    const initial =
      kind === 'readiness'
        ? sameContainer && known?.ready === true
        : kind === 'startup'
          ? sameContainer && known?.started === true
          : true
    let cancel: () => void = () => undefined
    const record: { ok: boolean | undefined; stop: () => void } = {
      ok: kind === 'startup' && !initial ? undefined : initial,
      stop: () => cancel(),
    }
    entry.kinds.set(kind, record)
    const period = (probe.periodSeconds ?? 10) * 1_000
    const { signal } = entry.end
    let successes = 0
    let failures = 0

    const ask = async (): Promise<void> => {
      const { ok, output } = await runProbe(probe, {
        cri: options.cri,
        containerId: status.id,
        container,
        podIp,
        timeoutMs: (probe.timeoutSeconds ?? 1) * 1_000,
        signal,
      })
      if (signal.aborted || entry.kinds.get(kind) !== record) return
      if (ok) {
        failures = 0
        if (++successes >= (probe.successThreshold ?? 1)) decide(true)
      } else {
        successes = 0
        const name = `${kind[0]?.toUpperCase()}${kind.slice(1)}`
        options.unhealthy(pod, container, `${name} probe failed: ${output}`)
        if (++failures >= (probe.failureThreshold ?? 3)) decide(false)
      }
      // a startup probe that has passed is never asked again; a failed one ends the container
      if (!(kind === 'startup' && record.ok !== undefined)) schedule(period)
    }
    const decide = (value: boolean): void => {
      if (record.ok === value) return
      record.ok = value
      if (kind === 'startup' && value) beginAfterStartup(entry, pod, container, status, podIp)
      options.changed(entry.uid)
    }
    const schedule = (ms: number): void => {
      cancel = clock.after(ms, () => {
        const flight = ask().finally(() => flights.delete(flight))
        flights.add(flight)
      })
    }
    if (kind === 'startup' && initial) {
      beginAfterStartup(entry, pod, container, status, podIp)
      return
    }
    const startedAt = Number(BigInt(status.startedAt) / 1_000_000n)
    schedule(Math.max(0, startedAt + (probe.initialDelaySeconds ?? 0) * 1_000 - clock.now()))
  }

  function beginAfterStartup(
    entry: Asked,
    pod: Pod,
    container: Container,
    status: ContainerStatus,
    podIp: string,
  ): void {
    for (const kind of ['liveness', 'readiness'] as const) {
      const probe = probeOf(container, kind)
      if (probe !== undefined && !entry.kinds.has(kind)) begin(entry, kind, probe, pod, container, status, podIp)
    }
  }

  function forget(containerId: string): void {
    const entry = asked.get(containerId)
    if (entry === undefined) return
    asked.delete(containerId)
    for (const { stop } of entry.kinds.values()) stop()
    entry.end.abort()
  }

  return {
    watch(pod, container, status, podIp) {
      if (asked.has(status.id)) return
      const entry: Asked = { uid: pod.metadata?.uid ?? '', kinds: new Map(), end: new AbortController() }
      asked.set(status.id, entry)
      const startup = probeOf(container, 'startup')
      if (startup !== undefined) begin(entry, 'startup', startup, pod, container, status, podIp)
      else beginAfterStartup(entry, pod, container, status, podIp)
    },
    forget,
    forgetPod(uid) {
      for (const [id, entry] of [...asked]) if (entry.uid === uid) forget(id)
    },
    ending(uid) {
      for (const entry of asked.values()) {
        if (entry.uid !== uid) continue
        for (const kind of ['liveness', 'startup'] as const) {
          entry.kinds.get(kind)?.stop()
          if (entry.kinds.get(kind)?.ok === false) entry.kinds.delete(kind)
        }
      }
    },
    failed(containerId) {
      const kinds = asked.get(containerId)?.kinds
      if (kinds?.get('liveness')?.ok === false) return 'liveness'
      return kinds?.get('startup')?.ok === false ? 'startup' : undefined
    },
    ready(containerId, container) {
      if (probeOf(container, 'readiness') === undefined) return true
      return asked.get(containerId)?.kinds.get('readiness')?.ok === true
    },
    started(containerId, container) {
      if (probeOf(container, 'startup') === undefined) return true
      return asked.get(containerId)?.kinds.get('startup')?.ok === true
    },
    async [Symbol.asyncDispose]() {
      for (const id of [...asked.keys()]) forget(id)
      await Promise.all(flights)
    },
  }
}
