import type { MetricFamily } from '@kubets/storage'
import type { Registry } from 'prom-client'
import { durationBuckets, type RequestMetrics, type RequestSeries } from '../metrics/request-metrics.ts'
import { countOpenFilesAside } from './open-files.ts'

/** The registry behind `/metrics`: the request series of the chain, read at scrape, and Node's own process figures. */
export async function metricsRegistry(metrics: RequestMetrics, families: readonly MetricFamily[]): Promise<Registry> {
  const { Registry: Constructor, collectDefaultMetrics } = await import('prom-client')
  const registry = new Constructor()
  collectDefaultMetrics({ register: registry })
  countOpenFilesAside(registry)
  const add = (name: string, help: string, type: string, values: () => unknown[]) =>
    registry.registerMetric({
      name,
      get: async () => ({ name, help, type, aggregator: 'sum', values: values() }),
    } as never)
  add(
    'apiserver_request_total',
    'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    'counter',
    () =>
      [...metrics.series.values()].flatMap(s =>
        [...s.byCode].map(([code, value]) => ({
          value,
          labels: { ...s.labels, component: 'apiserver', code: String(code) },
        })),
      ),
  )
  add(
    'apiserver_request_duration_seconds',
    'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    'histogram',
    () => [...metrics.series.values()].flatMap(durationValues),
  )
  add(
    'apiserver_response_sizes',
    'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
    'histogram',
    () =>
      [...metrics.series.values()].flatMap(s => {
        const labels = { ...s.labels, component: 'apiserver' }
        const name = 'apiserver_response_sizes'
        return [
          { metricName: `${name}_bucket`, value: s.responses, labels: { ...labels, le: '+Inf' } },
          { metricName: `${name}_sum`, value: s.responseBytes, labels },
          { metricName: `${name}_count`, value: s.responses, labels },
        ]
      }),
  )
  for (const { name, help, type, values } of families) add(name, help, type, values)
  return registry
}

function durationValues(series: RequestSeries) {
  const name = 'apiserver_request_duration_seconds'
  const labels = { ...series.labels, component: 'apiserver' }
  let sum = 0
  const buckets = series.durations.map((count, i) => {
    sum += count
    return { metricName: `${name}_bucket`, value: sum, labels: { ...labels, le: String(durationBuckets[i] ?? '+Inf') } }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, value: series.durationSum, labels },
    { metricName: `${name}_count`, value: sum, labels },
  ]
}
