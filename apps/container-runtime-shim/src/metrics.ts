import { serveHealth } from '@kubets/component'
import type { MethodObserver } from './instrument.ts'

export interface MetricsServer extends AsyncDisposable {
  observer: MethodObserver
  port: number
}

/** `/metrics` with counts and times of the CRI's methods, and `/healthz`. @param address `HOST:PORT` */
export async function serveMetrics(address: string): Promise<MetricsServer> {
  const { Counter, Histogram, Registry, collectDefaultMetrics } = await import('prom-client')
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const operations = new Counter({
    name: 'container_runtime_operations_total',
    help: 'Number of CRI calls, by method and gRPC code.',
    labelNames: ['operation', 'code'] as const,
    registers: [metrics],
  })
  const seconds = new Histogram({
    name: 'container_runtime_operations_duration_seconds',
    help: 'Duration of CRI calls in seconds.',
    labelNames: ['operation'] as const,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [metrics],
  })
  const colon = address.lastIndexOf(':')
  const server = await serveHealth({
    host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: Number(address.slice(colon + 1)),
    checks: [],
    metrics,
  })
  return {
    port: server.port,
    observer: {
      observe(method, code, duration) {
        operations.inc({ operation: method, code })
        seconds.observe({ operation: method }, duration)
      },
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
