import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import type { Event, KubeObject } from '@kubets/api-types'
import { formatMicroTime, formatTime } from '@kubets/apimachinery'
import { createOwn, ownEntry } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'

export interface Finding {
  readonly regarding: KubeObject
  readonly reason: string
  /** What was being done; without it the event has the older form. */
  readonly action?: string
  readonly note: string
}

/** What was said is not said again while it is remembered. */
const remembered = 1_000

/** Tells about what repair loops find, as Warning events; each finding once. A failure to tell is only logged. */
export class Recorder {
  readonly #rest: Rest
  readonly #component: string
  readonly #said = new Set<string>()

  constructor(rest: Rest, component: string) {
    this.#rest = rest
    this.#component = component
  }

  async warn(finding: Finding): Promise<void> {
    const key = `${finding.regarding.metadata?.uid} ${finding.reason} ${finding.note}`
    if (this.#said.has(key)) return
    this.#said.add(key)
    // sets keep the order of insertion: the oldest goes
    if (this.#said.size > remembered) for (const oldest of this.#said.values()) return void this.#said.delete(oldest)
    const { note: message, regarding } = finding
    this.#rest.logger.warn({ reason: finding.reason, name: regarding.metadata?.name }, message)
    try {
      const lease = await this.#rest.leases.lease()
      await createOwn(this.#rest, ownEntry(this.#rest, '', 'events'), this.#event(finding), { lease })
    } catch (error) {
      this.#rest.logger.warn({ err: error }, 'Event not written')
    }
  }

  #event({ regarding, reason, action, note }: Finding): KubeObject {
    const now = this.#rest.clock.now()
    const { name = '', namespace = '', uid = '', resourceVersion = '' } = regarding.metadata ?? {}
    const time = formatTime(now)
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${name}.${nanoseconds(now)}`,
        namespace: namespace || 'default',
      },
      involvedObject: {
        kind: regarding.kind ?? '',
        apiVersion: regarding.apiVersion ?? '',
        name,
        uid,
        ...(namespace === '' ? {} : { namespace }),
        ...(resourceVersion === '' ? {} : { resourceVersion }),
      },
      reason,
      message: note,
      type: 'Warning',
      reportingComponent: this.#component,
      ...(action === undefined
        ? { source: { component: this.#component }, firstTimestamp: time, lastTimestamp: time, count: 1 }
        : { eventTime: formatMicroTime(now), action, reportingInstance: `${this.#component}-${hostname()}` }),
    }
    return event as unknown as Event as KubeObject
  }
}

/** Time in upstream's unit, as part of an event's name; what the clock does not tell is by chance, so that two of one moment differ. */
const nanoseconds = (ms: number) => (BigInt(Math.trunc(ms)) * 1_000_000n + BigInt(randomInt(1_000_000))).toString(16)
