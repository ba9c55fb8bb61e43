import type { Registry } from 'prom-client'
import type { CertificateFiles } from './certificate-files.ts'

/** The figures of a service's certificates, in the registry behind its `/metrics`. */
export function registerCertificateMetrics(registry: Registry, files: CertificateFiles | undefined): void {
  for (const { name, help, type, values } of files?.families() ?? [])
    registry.registerMetric({
      name,
      get: async () => ({ name, help, type, aggregator: 'sum', values: values() }),
    } as never)
}
