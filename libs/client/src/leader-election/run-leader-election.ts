import type { Lease } from '@kubets/api-types'
import { isConflict, isNotFound } from '@kubets/apimachinery'
import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@kubets/component'
import type { Client } from '../contract.ts'
import { resources } from '../resources.ts'

export interface LeaderElectionOptions {
  client: Pick<Client, 'get' | 'create' | 'update'>
  /** The Lease that stands for the office. */
  namespace: string
  name: string
  /** Unique to this process: `host_uuid`. */
  identity: string
  /** Milliseconds; defaults 15,000, 10,000 and 2,000 as upstream's flags. Others may take over `leaseDuration` after the last renewal that they saw. */
  leaseDuration?: number
  /** A leader that could not renew for so long stops leading. Less than `leaseDuration`. */
  renewDeadline?: number
  retryPeriod?: number
  /** Gives the lease back at the end so that the next leader need not wait. Default true. */
  releaseOnCancel?: boolean
  /** Leads until the signal aborts; the election ends when it returns or throws. */
  lead(signal: AbortSignal): Promise<void>
  /** Called with each new holder's identity, our own included. */
  onNewLeader?(identity: string): void
  signal: AbortSignal
  clock?: Clock
  random?: () => number
  logger?: Logger
}

/** The office was lost although nobody asked us to stop; upstream's components end the process then. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'
}

/** Retries are spread: a wait is up to this many times longer. As client-go's. */
const JITTER = 1.2

/** One process of several leads. Resolves after the signal; throws {@link LeadershipLostError}, or what `lead` threw. */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  const { leaseDuration = 15_000, renewDeadline = 10_000, retryPeriod = 2_000, signal } = options
  if (leaseDuration <= renewDeadline) throw new RangeError('leaseDuration must be greater than renewDeadline')
  if (renewDeadline <= JITTER * retryPeriod) throw new RangeError('renewDeadline must be greater than retryPeriod*1.2')
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const candidate = new Candidate(options, clock, options.logger ?? silentLogger(), leaseDuration)

  while (!(await candidate.tryAcquireOrRenew(signal, renewDeadline))) {
    await sleep(retryPeriod * (1 + random() * JITTER), signal, clock)
    if (signal.aborted) return
  }
  if (signal.aborted) return candidate.release(options.releaseOnCancel ?? true)

  const stop = new AbortController()
  const leading = options.lead(AbortSignal.any([signal, stop.signal])).finally(() => stop.abort())
  leading.catch(() => undefined) // awaited below
  let lost = false
  let renewedAt = clock.now()
  const either = AbortSignal.any([signal, stop.signal])
  while (!either.aborted) {
    await sleep(retryPeriod, either, clock)
    if (either.aborted) break
    const left = renewDeadline - (clock.now() - renewedAt)
    if (left > 0 && (await candidate.tryAcquireOrRenew(either, left))) renewedAt = clock.now()
    else if (candidate.lostToOther || clock.now() - renewedAt >= renewDeadline) {
      lost = !either.aborted
      stop.abort()
    }
  }
  try {
    await leading
  } finally {
    if (!lost) await candidate.release(options.releaseOnCancel ?? true)
  }
  if (lost) throw new LeadershipLostError(`leader election lost: ${options.namespace}/${options.name}`)
}

/** How long giving back may take, ms: the process is about to end. */
const releasePatience = 5_000

class Candidate {
  readonly #options: LeaderElectionOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #leaseDuration: number
  /** The lease as last seen, and when by our own clock: other machines' clocks are not trusted. */
  #seen: Lease | undefined
  #seenAt = 0
  #reported: string | undefined
  lostToOther = false

  constructor(options: LeaderElectionOptions, clock: Clock, logger: Logger, leaseDuration: number) {
    this.#options = options
    this.#clock = clock
    this.#logger = logger
    this.#leaseDuration = leaseDuration
  }

  get #holds(): boolean {
    return this.#seen?.spec?.holderIdentity === this.#options.identity
  }

  /** One attempt, at most `budget` milliseconds long. `true` when we hold the lease afterwards. */
  async tryAcquireOrRenew(signal: AbortSignal, budget: number): Promise<boolean> {
    const deadline = new AbortController()
    const cancel = this.#clock.after(budget, () => deadline.abort(new Error('renew deadline exceeded')))
    const attempt = AbortSignal.any([signal, deadline.signal])
    try {
      return await this.#attempt(attempt)
    } catch (err) {
      if (!signal.aborted) this.#logger.warn({ err, lock: this.#options.name }, 'Leader election attempt failed')
      return false
    } finally {
      cancel()
    }
  }

  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options
    // the leader writes straight over what it wrote last; anyone else's write makes that a conflict
    if (this.#holds && this.#seen !== undefined && this.#fresh()) {
      try {
        this.#see(await client.update(resources.leases, this.#claim(this.#seen), { signal }))
        return true
      } catch (err) {
        this.#logger.debug({ err }, 'Optimistic renewal failed, reading the lease')
      }
    }
    let current: Lease
    try {
      current = await client.get<Lease>(resources.leases, { namespace, name }, { signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#see(await client.create(resources.leases, this.#claim(undefined), { signal }))
      return true
    }
    if (current.metadata?.resourceVersion !== this.#seen?.metadata?.resourceVersion) this.#see(current)
    const holder = current.spec?.holderIdentity ?? ''
    if (holder !== '' && holder !== identity && this.#fresh()) {
      this.lostToOther = true
      return false
    }
    this.#see(await client.update(resources.leases, this.#claim(current), { signal }))
    this.lostToOther = false
    return true
  }

  #fresh(): boolean {
    const seconds = this.#seen?.spec?.leaseDurationSeconds
    const duration = seconds === undefined ? this.#leaseDuration : seconds * 1_000
    return this.#clock.now() < this.#seenAt + duration
  }

  #see(lease: Lease): void {
    this.#seen = lease
    this.#seenAt = this.#clock.now()
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder === this.#reported || holder === '') return
    this.#reported = holder
    this.#options.onNewLeader?.(holder)
  }

  #claim(current: Lease | undefined): Lease {
    const { namespace, name, identity } = this.#options
    const now = microTime(this.#clock.now())
    const same = current?.spec?.holderIdentity === identity
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: current?.metadata ?? { name, namespace },
      spec: {
        ...current?.spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.max(1, Math.round(this.#leaseDuration / 1_000)),
        acquireTime: same ? (current?.spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (current !== undefined && !same ? 1 : 0),
      },
    } as Lease
  }

  /** Gives up the lease; a failure only means that the next leader waits. */
  async release(wanted: boolean): Promise<void> {
    if (!wanted || !this.#holds || this.#seen === undefined) return
    const signal = AbortSignal.timeout(releasePatience)
    try {
      await this.#writeRelease(this.#seen, signal)
    } catch (err) {
      this.#logger.warn({ err, lock: this.#options.name }, 'The lease could not be released')
    }
  }

  async #writeRelease(held: Lease, signal: AbortSignal): Promise<void> {
    const { client, namespace, name, identity } = this.#options
    const now = microTime(this.#clock.now())
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now }
    const released = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: held.metadata, spec } as Lease
    try {
      await client.update(resources.leases, released, { signal })
    } catch (error) {
      if (!isConflict(error)) throw error
      // a renewal that the stop broke off may have arrived all the same: then it is still ours, in a newer version
      const current = await client.get<Lease>(resources.leases, { namespace, name }, { signal })
      if (current.spec?.holderIdentity === identity) await this.#writeRelease(current, signal)
    }
  }
}

/** MicroTime's wire form. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, '000Z')
}
