import type { IncomingHttpHeaders } from 'node:http'
import { readHttpTime } from './http-time.ts'

export interface Validators {
  /** With its quotes; empty: there is none. */
  readonly etag: string
  /** Whole seconds since 1970. */
  readonly modified: number
}

export type Judgement = 'go on' | 'not modified' | 'precondition failed'

/** What a client's conditions say to a content (RFC 9110, 13.2.2), in the order of Go's `http.ServeContent`. */
export function judge(method: string, headers: IncomingHttpHeaders, { etag, modified }: Validators): Judgement {
  const reads = method === 'GET' || method === 'HEAD'
  const match = text(headers['if-match'])
  if (match === '') {
    const unmodified = readHttpTime(text(headers['if-unmodified-since']))
    if (unmodified !== undefined && modified > unmodified) return 'precondition failed'
  } else if (!names(match, one => one === etag && !isWeak(one))) return 'precondition failed'
  const none = text(headers['if-none-match'])
  if (none !== '') {
    if (!names(none, one => strong(one) === strong(etag))) return 'go on'
    return reads ? 'not modified' : 'precondition failed'
  }
  const since = reads ? readHttpTime(text(headers['if-modified-since'])) : undefined
  return since !== undefined && modified <= since ? 'not modified' : 'go on'
}

/** Whether the ranges that are asked for are of this content, as the client wants to know. */
export function isOfRange(method: string, headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const asked = text(headers['if-range'])
  if (asked === '' || (method !== 'GET' && method !== 'HEAD')) return true
  const tag = firstTag(asked)
  if (tag !== undefined) return tag === etag && !isWeak(tag)
  return readHttpTime(asked) === modified
}

const text = (value: string | string[] | undefined) => String(value ?? '')
const isWeak = (tag: string) => tag.startsWith('W/')
const strong = (tag: string) => tag.replace(/^W\//, '')

/** A tag of the kind of RFC 9110, 8.8.3, at the front of a text. */
const tagAtFront = /^[ \t\r\n]*((?:W\/)?"[!#-~\x80-\uffff]*")/

const firstTag = (list: string) => tagAtFront.exec(list)?.[1]

/** Tags of a list that are looked at: a header has room for so many that they would hold the loop. */
const mostTags = 1_000

/** Whether a list of tags has one that is looked for; `*` is any. What is no tag ends it. */
function names(list: string, wanted: (tag: string) => boolean): boolean {
  let rest = list
  for (let i = 0; i < mostTags; i++) {
    rest = rest.replace(/^[ \t\r\n,]+/, '')
    if (rest === '') return false
    if (rest.startsWith('*')) return true
    const tag = firstTag(rest)
    if (tag === undefined) return false
    if (wanted(tag)) return true
    rest = rest.slice(tag.length)
  }
  return false
}
