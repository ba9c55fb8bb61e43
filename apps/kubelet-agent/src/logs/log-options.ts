import { ServerRefusal } from '../server/refusal.ts'

/** PodLogOptions as they arrive in a query. */
export interface LogOptions {
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly stream: 'All' | 'Stdout' | 'Stderr'
  /** Lines before this instant (milliseconds since 1970) are left out. */
  readonly since?: number
  /** 0 begins with what comes next. */
  readonly tailLines?: number
  /** The answer ends after so many bytes. */
  readonly limitBytes?: number
}

/** Reads and checks the query of `/containerLogs`. Throws a 400 or 422 in upstream's words. */
export function parseLogOptions(query: URLSearchParams, now: number): LogOptions {
  const undecodable = new ServerRefusal(400, '{"message": "Unable to decode query."}')
  const invalid = new ServerRefusal(422, '{"message": "Invalid request."}')
  const integer = (name: string): number | undefined => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    if (!/^-?\d+$/.test(text)) throw undecodable
    return Number(text)
  }
  const bool = (name: string) => {
    const text = query.get(name)
    return text !== null && !/^(false|0)$/i.test(text)
  }
  const tail = query.get('tail')
  const tailLines = tail === 'all' ? undefined : (integer('tail') ?? integer('tailLines'))
  const limitBytes = integer('limitBytes')
  const sinceSeconds = integer('sinceSeconds')
  const sinceTime = query.get('sinceTime') || undefined
  const sinceInstant = sinceTime === undefined ? undefined : Date.parse(sinceTime)
  if (sinceInstant !== undefined && Number.isNaN(sinceInstant)) throw undecodable
  const stream = query.get('stream') || 'All'
  if (stream !== 'All' && stream !== 'Stdout' && stream !== 'Stderr') throw invalid
  if (
    (tailLines !== undefined && tailLines < 0) ||
    (limitBytes !== undefined && limitBytes < 1) ||
    (sinceSeconds !== undefined && sinceSeconds < 1) ||
    (sinceSeconds !== undefined && sinceInstant !== undefined) ||
    (tailLines !== undefined && stream !== 'All')
  )
    throw invalid
  const since = sinceInstant ?? (sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000)
  return {
    follow: bool('follow'),
    previous: bool('previous'),
    timestamps: bool('timestamps'),
    stream,
    ...(since !== undefined && { since }),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
  }
}
