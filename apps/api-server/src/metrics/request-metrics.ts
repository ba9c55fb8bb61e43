import type { RequestContext } from '../handlers/request-context.ts'

/** Upper bounds of `apiserver_request_duration_seconds`, upstream's. */
export const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
] as const

export interface RequestLabels {
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly scope: string
  readonly dry_run: string
}

/** One label set's figures: plain numbers, read only when somebody scrapes (a counter of the metrics library costs 20 times as much). */
export interface RequestSeries {
  readonly labels: RequestLabels
  readonly byCode: Map<number, number>
  /** Requests at or below each of {@link durationBuckets}, not cumulated; the last one is +Inf. */
  readonly durations: number[]
  durationSum: number
  responseBytes: number
  responses: number
}

/** Series are bounded by kinds × verbs, since only known resources reach them; beyond this many, requests count as `other`. */
const maxSeries = 5_000

export class RequestMetrics {
  readonly series = new Map<string, RequestSeries>()
  /** Running watches (`apiserver_longrunning_requests`). */
  readonly longRunning = new Map<string, number>()
  /** Told by the router: which resources exist, so that invented names make no series. */
  isKnown: (group: string, version: string, resource: string) => boolean = () => false

  finished({ info, exchange, receivedAt }: RequestContext): void {
    const known = info.isResourceRequest && this.isKnown(info.group, info.version, info.resource)
    const verb = verbLabel(info.verb, known && exchange.target.includes('watch='))
    const resource = known ? info.resource : ''
    const dryRun = info.query.size > 0 && info.query.has('dryRun') ? 'All' : ''
    const scope = !known ? '' : info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster'
    const key = `${verb}/${info.group}/${resource}/${known ? info.subresource : ''}/${scope}/${dryRun}`
    let one = this.series.get(key)
    if (one === undefined) {
      if (this.series.size >= maxSeries) return
      one = {
        labels: {
          verb,
          group: known ? info.group : '',
          version: known ? info.version : '',
          resource,
          subresource: known ? info.subresource : '',
          scope,
          dry_run: dryRun,
        },
        byCode: new Map(),
        durations: new Array(durationBuckets.length + 1).fill(0) as number[],
        durationSum: 0,
        responseBytes: 0,
        responses: 0,
      }
      this.series.set(key, one)
    }
    const code = exchange.status
    one.byCode.set(code, (one.byCode.get(code) ?? 0) + 1)
    one.responses++
    one.responseBytes += exchange.bytesSent
    if (verb === 'WATCH' || verb === 'CONNECT') return
    const seconds = (performance.now() - receivedAt) / 1000
    let bucket = 0
    while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] as number)) bucket++
    one.durations[bucket] = (one.durations[bucket] ?? 0) + 1
    one.durationSum += seconds
  }
}

const verbLabels: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  post: 'POST',
  put: 'PUT',
  connect: 'CONNECT',
}

const verbLabel = (verb: string, watching: boolean) => (watching ? 'WATCH' : (verbLabels[verb] ?? 'other'))
