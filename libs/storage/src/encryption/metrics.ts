/** One series of a metric as Prometheus' text has it. */
export interface MetricValue {
  labels: Record<string, string>
  value: number
  /** Where it is not the family's name: `…_bucket`, `…_sum`, `…_count`. */
  metricName?: string
}

/** A metric that is read when somebody scrapes. */
export interface MetricFamily {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  values(): MetricValue[]
}

/** Buckets as upstream names them: the first, each so many times the one before, so many. */
export const exponentialBuckets = (first: number, factor: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first * factor ** i)

/** Plain counts, read at scrape. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++
    this.#counts[at] = (this.#counts[at] as number) + 1
    this.#sum += value
  }

  values(name: string, labels: Record<string, string>): MetricValue[] {
    let total = 0
    const buckets = this.#counts.map((count, i) => {
      total += count
      const le = i === this.#bounds.length ? '+Inf' : String(this.#bounds[i])
      return { metricName: `${name}_bucket`, value: total, labels: { ...labels, le } }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, value: this.#sum, labels },
      { metricName: `${name}_count`, value: total, labels },
    ]
  }
}

type Direction = 'from_storage' | 'to_storage'

interface Series {
  /** By gRPC status, `OK` for success. */
  readonly byStatus: Map<string, number>
  readonly latency: Histogram
}

const latencyBuckets = exponentialBuckets(5e-6, 2, 25)

/** `apiserver_storage_transformation_*`: what is sealed and opened, with which prefix, how fast. */
export class TransformationMetrics {
  /** By resource, then direction, then prefix: three looks into maps rather than one text made for each value. */
  readonly #series = new Map<string, Record<Direction, Map<string, Series>>>()

  record(resource: string, direction: Direction, prefix: string, started: number, error: unknown): void {
    let ofResource = this.#series.get(resource)
    if (ofResource === undefined) {
      ofResource = { from_storage: new Map(), to_storage: new Map() }
      this.#series.set(resource, ofResource)
    }
    const byPrefix = ofResource[direction]
    let series = byPrefix.get(prefix)
    if (series === undefined) {
      series = { byStatus: new Map(), latency: new Histogram(latencyBuckets) }
      byPrefix.set(prefix, series)
    }
    const status = error === undefined ? 'OK' : grpcStatus(error)
    series.byStatus.set(status, (series.byStatus.get(status) ?? 0) + 1)
    if (error === undefined) series.latency.observe((performance.now() - started) / 1000)
  }

  families(): MetricFamily[] {
    const all = () =>
      [...this.#series].flatMap(([resource, directions]) =>
        (['from_storage', 'to_storage'] as const).flatMap(direction =>
          [...directions[direction]].map(([prefix, series]) => ({ resource, direction, prefix, series })),
        ),
      )
    return [
      {
        name: 'apiserver_storage_transformation_operations_total',
        help: 'Total number of transformations, by status: OK, or what the transformation failed with.',
        type: 'counter',
        values: () =>
          all().flatMap(({ resource, direction, prefix, series }) =>
            [...series.byStatus].map(([status, value]) => ({
              value,
              labels: { resource, status, transformation_type: direction, transformer_prefix: prefix },
            })),
          ),
      },
      {
        name: 'apiserver_storage_transformation_duration_seconds',
        help: 'Latencies in seconds of value transformation operations.',
        type: 'histogram',
        values: () =>
          all().flatMap(({ direction, prefix, series }) =>
            series.latency.values('apiserver_storage_transformation_duration_seconds', {
              transformation_type: direction,
              transformer_prefix: prefix,
            }),
          ),
      },
    ]
  }
}

/** gRPC's codes as Go names them. */
export const grpcNames: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]

/** The name of a gRPC error's code, also where it is the cause of another error; upstream's word for all others. */
export function grpcStatus(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'number' && grpcNames[code] !== undefined) return grpcNames[code]
  }
  return 'unknown-non-grpc'
}
