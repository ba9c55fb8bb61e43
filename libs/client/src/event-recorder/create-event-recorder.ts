import type { Event, KubeObject } from '@kubets/api-types'
import { ApiError, isNotFound } from '@kubets/apimachinery'
import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@kubets/component'
import type { Client } from '../contract.ts'
import { resources } from '../resources.ts'
import { createCorrelator } from './correlator.ts'

/** What an event is about. */
export interface ObjectReference {
  kind: string
  apiVersion: string
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  /** `spec.containers{web}` */
  fieldPath?: string
}

export interface EventRecorderOptions {
  client: Pick<Client, 'create' | 'patch'>
  /** `source.component`: `kubelet`, `default-scheduler`. */
  component: string
  /** `source.host`: the node's name, for what runs on nodes. */
  host?: string
  clock?: Clock
  random?: () => number
  logger?: Logger
  /** Milliseconds between attempts while the server cannot be reached. Default 10,000, as client-go. */
  retryPause?: number
}

/** Tells users what happened to an object. Never blocks and never throws: events are written in the background. */
export interface EventRecorder extends AsyncDisposable {
  event(about: ObjectReference | KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void
}

/** Events that wait to be written; further ones are dropped and their number is logged, as client-go's broadcaster does. */
const MAX_QUEUED = 1_000
/** Written at once; more would compete with the work that they report on. */
const WRITERS = 4
const MAX_TRIES = 12
/** Milliseconds that disposing waits for what is queued. */
const FLUSH = 1_000
/** Bytes of a message: the server refuses longer ones. */
const MAX_MESSAGE = 1_024

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, component, host, retryPause = 10_000 } = options
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const logger = options.logger ?? silentLogger()
  const correlator = createCorrelator(clock)
  const closing = new AbortController()
  const queue: Event[] = []
  const writers = new Set<Promise<void>>()
  /** Objects that a writer is busy with: events of one object are written one after another, or counts would be lost. */
  const busy = new Set<string>()
  let lastName = 0n
  let dropped = 0

  /** Unique per recorder and growing, in client-go's form: `name.` and hexadecimal nanoseconds. */
  function eventName(name: string): string {
    const now = BigInt(clock.now()) * 1_000_000n + BigInt(Math.floor(random() * 1_000_000))
    lastName = now > lastName ? now : lastName + 1n
    return `${name}.${lastName.toString(16)}`
  }

  function pump(): void {
    while (writers.size < WRITERS) {
      const next = queue.findIndex(event => !busy.has(objectKey(event)))
      if (next === -1) return
      const [event] = queue.splice(next, 1) as [Event]
      const key = objectKey(event)
      busy.add(key)
      const writer = write(event).finally(() => {
        busy.delete(key)
        writers.delete(writer)
        pump()
      })
      writers.add(writer)
    }
  }

  async function write(observed: Event): Promise<void> {
    const result = correlator.correlate(observed)
    if (result.action === 'drop') return
    let patching = result.action === 'patch'
    for (let attempt = 1; ; attempt++) {
      try {
        correlator.sent(result.key, await send(result, patching))
        return
      } catch (err) {
        if (patching && isNotFound(err)) {
          // it has expired on the server: write it again as a new one
          correlator.forget(result.key)
          patching = false
          continue
        }
        if (err instanceof ApiError || closing.signal.aborted || attempt >= MAX_TRIES) {
          logger.warn({ err, event: observed.reason }, 'The event was not written')
          return
        }
        // the first pause is random, so that the nodes of a cluster do not come back together
        await sleep(attempt === 1 ? retryPause * random() : retryPause, closing.signal, clock)
      }
    }
  }

  function send(result: Exclude<ReturnType<typeof correlator.correlate>, { action: 'drop' }>, patching: boolean) {
    const { event } = result
    if (result.action !== 'patch' || !patching) return client.create<Event>(resources.events, event)
    const { count, lastTimestamp, message } = event
    const key = { namespace: result.namespace, name: result.name }
    return client.patch<Event>(resources.events, key, 'strategic', { count, lastTimestamp, message })
  }

  return {
    event(about, type, reason, message) {
      if (closing.signal.aborted) return
      if (queue.length >= MAX_QUEUED) {
        // one line for a whole flood
        if (dropped++ === 0) logger.warn({ reason }, 'Too many events are waiting, further ones are dropped')
        return
      }
      if (dropped > 0) {
        logger.warn({ dropped }, 'Events were dropped')
        dropped = 0
      }
      const reference = 'metadata' in about ? referenceTo(about) : (about as ObjectReference)
      const now = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
      queue.push({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName(reference.name), namespace: reference.namespace || 'default' },
        involvedObject: reference,
        reason,
        message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 3)}...` : message,
        source: host === undefined ? { component } : { component, host },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        type,
        reportingComponent: component,
        reportingInstance: host ?? '',
      } as Event)
      pump()
    },
    async [Symbol.asyncDispose]() {
      const deadline = AbortSignal.timeout(FLUSH)
      while (writers.size > 0 && !deadline.aborted) {
        const expired = Promise.withResolvers<void>()
        deadline.addEventListener('abort', () => expired.resolve(), { once: true })
        await Promise.race([...writers, expired.promise])
      }
      closing.abort()
      queue.length = 0
      await Promise.all(writers)
    },
  }
}

function objectKey({ involvedObject: o }: Event): string {
  return `${o.kind}/${o.namespace ?? ''}/${o.name}`
}

function referenceTo(object: KubeObject): ObjectReference {
  const { name = '', namespace, uid, resourceVersion } = object.metadata ?? {}
  if (!object.kind || !object.apiVersion)
    throw new TypeError(`an event needs kind and apiVersion of the object that it is about (${name})`)
  return {
    kind: object.kind,
    apiVersion: object.apiVersion,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}
