import { createHash } from 'node:crypto'
import { exponentialBuckets, grpcNames, Histogram, type MetricFamily } from '../metrics.ts'

/** Key ids whose counts are kept, for each family: upstream's bound. The least recently used goes. */
const maxKeyIds = 100

const operationBuckets = exponentialBuckets(0.0001, 2, 20)
const generationBuckets = exponentialBuckets(5e-6, 2, 14)

interface KeyUse {
  labels: Record<string, string>
  count: number
  lastSeconds: number
}

export const hashOf = (text: string): string =>
  text === '' ? '' : `sha256:${createHash('sha256').update(text).digest('hex')}`

/** `apiserver_envelope_encryption_*` and what belongs to it, of all KMS plugins of a server. */
export class KmsMetrics {
  readonly #server: string
  readonly #operations = new Map<string, { labels: Record<string, string>; latency: Histogram }>()
  readonly #used = new Map<string, KeyUse>()
  readonly #told = new Map<string, KeyUse>()
  readonly #invalid = new Map<string, { labels: Record<string, string>; value: number }>()
  readonly #cached = new Map<string, number>()
  readonly #generation = new Histogram(generationBuckets)
  #misses = 0

  constructor(apiServerId: string) {
    this.#server = hashOf(apiServerId)
  }

  operation(provider: string, method: string, started: number, code: number): void {
    const status = grpcNames[code] ?? String(code)
    const name = `${provider}\0${method}\0${status}`
    let one = this.#operations.get(name)
    if (one === undefined) {
      const labels = { provider_name: provider, method_name: method, grpc_status_code: status }
      one = { labels, latency: new Histogram(operationBuckets) }
      this.#operations.set(name, one)
    }
    one.latency.observe((performance.now() - started) / 1000)
  }

  /** A key id went into a value, or came out of one. */
  keyUsed(direction: 'from_storage' | 'to_storage', provider: string, keyId: string): void {
    this.#count(this.#used, `${direction}\0${provider}\0${keyId}`, () => ({
      transformation_type: direction,
      provider_name: provider,
      key_id_hash: hashOf(keyId),
      apiserver_id_hash: this.#server,
    }))
  }

  /** A plugin's status named this key id. */
  keyTold(provider: string, keyId: string): void {
    this.#count(this.#told, `${provider}\0${keyId}`, () => ({
      provider_name: provider,
      key_id_hash: hashOf(keyId),
      apiserver_id_hash: this.#server,
    }))
  }

  invalidKey(provider: string, error: 'empty' | 'too_long'): void {
    const name = `${provider}\0${error}`
    const one = this.#invalid.get(name) ?? { labels: { provider_name: provider, error }, value: 0 }
    one.value++
    this.#invalid.set(name, one)
  }

  cacheSize(provider: string, size: number): void {
    this.#cached.set(provider, size)
  }

  cacheMiss(): void {
    this.#misses++
  }

  keyGenerated(started: number): void {
    this.#generation.observe((performance.now() - started) / 1000)
  }

  families(): MetricFamily[] {
    const envelope = (name: string) => `apiserver_envelope_encryption_${name}`
    const counts = (uses: Map<string, KeyUse>) =>
      [...uses.values()].map(({ labels, count }) => ({ labels, value: count }))
    const times = (uses: Map<string, KeyUse>) =>
      [...uses.values()].map(({ labels, lastSeconds }) => ({ labels, value: lastSeconds }))
    return [
      {
        name: envelope('kms_operations_latency_seconds'),
        help: 'KMS operation duration with gRPC error code status total.',
        type: 'histogram',
        values: () =>
          [...this.#operations.values()].flatMap(({ labels, latency }) =>
            latency.values(envelope('kms_operations_latency_seconds'), labels),
          ),
      },
      {
        name: envelope('key_id_hash_total'),
        help: 'Number of times a keyID is used split by transformation type, provider, and apiserver identity.',
        type: 'counter',
        values: () => counts(this.#used),
      },
      {
        name: envelope('key_id_hash_last_timestamp_seconds'),
        help: 'The last time in seconds when a keyID was used.',
        type: 'gauge',
        values: () => times(this.#used),
      },
      {
        name: envelope('key_id_hash_status_last_timestamp_seconds'),
        help: 'The last time in seconds when a keyID was returned by the Status RPC call.',
        type: 'gauge',
        values: () => times(this.#told),
      },
      {
        name: envelope('invalid_key_id_from_status_total'),
        help: 'Number of times an invalid keyID is returned by the Status RPC call split by error.',
        type: 'counter',
        values: () => [...this.#invalid.values()],
      },
      {
        name: envelope('dek_source_cache_size'),
        help: 'Number of records in data encryption key (DEK) source cache.',
        type: 'gauge',
        values: () => [...this.#cached].map(([provider, value]) => ({ labels: { provider_name: provider }, value })),
      },
      {
        name: 'apiserver_storage_envelope_transformation_cache_misses_total',
        help: 'Total number of cache misses while accessing key decryption key(KEK).',
        type: 'counter',
        values: () => [{ labels: {}, value: this.#misses }],
      },
      {
        name: 'apiserver_storage_data_key_generation_duration_seconds',
        help: 'Latencies in seconds of data encryption key(DEK) generation operations.',
        type: 'histogram',
        values: () => this.#generation.values('apiserver_storage_data_key_generation_duration_seconds', {}),
      },
    ]
  }

  #count(uses: Map<string, KeyUse>, name: string, labels: () => Record<string, string>): void {
    const use = uses.get(name) ?? { labels: labels(), count: 0, lastSeconds: 0 }
    use.count++
    use.lastSeconds = Date.now() / 1000
    // a Map keeps the order of insertion: what is used moves to its end
    uses.delete(name)
    uses.set(name, use)
    if (uses.size > maxKeyIds) {
      const [oldest] = uses.keys()
      uses.delete(oldest as string)
    }
  }
}
