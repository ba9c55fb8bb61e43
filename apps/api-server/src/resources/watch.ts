import { protobufContentType, type ResourceEntry } from '@kubets/api-types'
import { ApiError, expired, methodNotSupported, notAcceptable, plainError } from '@kubets/apimachinery'
import { ExpiredError, prefixEnd, type Snapshot } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { candidates, prepareIndex, type Where } from './candidates.ts'
import { type ListOptions, listOptions } from './list-options.ts'
import { resourceVersionParameter } from './query.ts'
import { resourceRepresentation } from './representation.ts'
import { prefixOf, type Rest, type Verb } from './rest.ts'
import { type Selection, selection } from './selection.ts'
import { atLeast, consistent, untilSettled } from './snapshot.ts'
import { includeObject } from './table.ts'
import { refuseUnreadable } from './unreadable.ts'
import { audienceName } from './watch-audiences.ts'
import { type Frames, watchFrames } from './watch-frames.ts'
import { WatchStream, type WatchStreamOptions } from './watch-stream.ts'
import { asksForWebSocket, beginWebSocket } from './web-socket-body.ts'

/**
 * A watch: first the present objects where the client asked for them, then every change. Without a resourceVersion (or with 0) it begins
 * with the present state; with `sendInitialEvents` that state is closed by a marked bookmark.
 */
export const watch: Verb = async (rest, context, entry) => {
  const { info, exchange } = context
  if (!entry.verbs.includes('watch')) throw methodNotSupported(info, 'watch')
  const options = listOptions(info.query, 'watch')
  const chosen = selection(entry, info)
  const form = resourceRepresentation(exchange.headers.accept, 'streams')
  if (form.encoding === 'yaml')
    throw notAcceptable(['application/json;stream=watch', `${protobufContentType};stream=watch`])
  const include = includeObject(info.query)
  refuseUnreadable(rest, entry, { from: 'the cache' })
  const prefix = prefixOf(entry, info.namespace)
  const where = { kind: entry.storagePrefix, prefix, start: prefix }
  await prepareIndex(rest, where, chosen)
  await untilSettled(rest.cache)
  const start = await startingPoint(rest, entry, info.query, options).catch(refusalOf)
  const contentType = form.encoding === 'protobuf' ? `${form.contentType};stream=watch` : form.contentType
  setApiHeaders(context)
  const overWebSocket = asksForWebSocket(exchange)
  const writer = overWebSocket
    ? await beginWebSocket(exchange, { protocols: 'any', message: form.encoding === 'protobuf' ? unframed : asText })
    : exchange.beginEvents(200, contentType)
  if (writer === undefined) return
  const name = audienceName(info, form)
  const made = () => ({
    frames: watchFrames(rest, entry, form, include),
    matches: chosen.everything ? undefined : chosen.matches,
  })
  const audience = name === undefined ? made() : rest.audiences.join(entry, name, made)
  const { frames } = audience
  const lane = rest.fanOut.lane(exchange.protocol === 'HTTP/2.0' ? exchange.connection : undefined)
  const stream = new WatchStream({
    range: rangeOf(entry, context, chosen, start instanceof ApiError ? 0 : start.after),
    writer,
    cut: () => exchange.cut(),
    audience,
    writes: overWebSocket ? 'one frame each' : 'joined',
    bookmarks: options.allowWatchBookmarks,
    until: deadline(rest, options),
    clock: rest.clock,
    fanOut: rest.fanOut,
    lane,
    groups: lane.shared && name !== undefined ? rest.groups : undefined,
    onFailure: error => {
      rest.logger.error({ err: error }, 'A watcher failed')
      stream.finish(frames.error(toStatus(error)))
    },
    lastFrame: error => frames.error(toStatus(error)),
  })
  const ended = new Promise<void>(resolve => exchange.onClose(resolve))
  const ofWritten = form.encoding === 'protobuf' && form.as === 'Object' && entry.hub === undefined
  if (ofWritten) rest.written.join(entry)
  exchange.onClose(() => {
    stream.stop()
    if (ofWritten) rest.written.leave(entry)
    if (name !== undefined) rest.audiences.leave(entry, name)
  })
  if (start instanceof ApiError) {
    stream.finish(frames.error(start))
    return
  }
  if (start.initial !== undefined) await sendInitial(rest, stream, start.initial, where, chosen)
  if (options.sendInitialEvents === true && options.allowWatchBookmarks) stream.initialEventsEnd(start.after)
  follow(rest, stream, frames)
  rest.ticker.add(stream)
  await ended
  rest.ticker.delete(stream)
}

/** A message for each event: JSON as text, protobuf without the length that stands before a frame of a stream. */
const asText = (frame: Uint8Array) => ({ data: frame, binary: false })
const unframed = (frame: Uint8Array) => ({ data: frame.subarray(4), binary: true })

interface Start {
  /** The state to send first. */
  initial: Snapshot | undefined
  /** Events after this revision follow. */
  after: number
}

/** What upstream tells inside the stream: that the state to begin with is not reached. */
function refusalOf(error: unknown): ApiError {
  if (error instanceof ApiError && error.reason === 'Timeout') return error
  throw error
}

async function startingPoint(
  rest: Rest,
  entry: ResourceEntry,
  query: URLSearchParams,
  options: ListOptions,
): Promise<Start> {
  const revision = resourceVersionParameter(query, plainError)
  const asked = options.sendInitialEvents
  if (asked === undefined) return { initial: undefined, after: revision ?? 0 }
  const present = revision === undefined || revision === 0
  if (!asked && !present) return { initial: undefined, after: revision }
  const snapshot =
    revision === undefined
      ? await consistent(rest.cache)
      : present
        ? rest.cache.snapshot()
        : await atLeast(rest.cache, revision, entry)
  return { initial: asked ? snapshot : undefined, after: snapshot.revision }
}

async function sendInitial(
  rest: Rest,
  stream: WatchStream,
  snapshot: Snapshot,
  where: Where,
  chosen: Selection,
): Promise<void> {
  if (chosen.key !== undefined) {
    const one = snapshot.get(chosen.key)
    if (one !== undefined && chosen.matches(one)) await stream.initial(one)
    return stream.flushed()
  }
  for (const one of candidates(snapshot, where, chosen)) {
    if (rest.turns.over) await rest.turns.next()
    if (stream.stopped) return
    if (chosen.everything || chosen.matches(one)) await stream.initial(one)
  }
  await stream.flushed()
}

function rangeOf(
  entry: ResourceEntry,
  { info }: RequestContext,
  { key, field }: Selection,
  after: number,
): WatchStreamOptions['range'] {
  const start = key ?? prefixOf(entry, info.namespace)
  return { start, end: key === undefined ? prefixEnd(start) : `${start}\0`, field, after }
}

function follow(rest: Rest, stream: WatchStream, frames: Frames): void {
  try {
    stream.follow(rest.cache.watch(stream))
  } catch (error) {
    // upstream tells it inside the stream: clients look for the ERROR event and list again
    if (!(error instanceof ExpiredError)) throw error
    stream.finish(frames.error(expired(error.message)))
  }
}

function toStatus(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return expired(
    error instanceof ExpiredError ? error.message : 'The resourceVersion for the provided watch is too old.',
  )
}

function deadline(rest: Rest, { timeoutSeconds }: ListOptions): number {
  const seconds =
    timeoutSeconds !== undefined && timeoutSeconds > 0
      ? timeoutSeconds
      : // spread, so that what connected together does not come back together
        rest.minRequestTimeout * (1 + Math.random())
  return rest.clock.now() + seconds * 1000
}
