import type { Service } from '@kubets/api-types'

/** The variables that announce services to a container, as Docker links once did: `REDIS_SERVICE_HOST`, `REDIS_PORT_6379_TCP_ADDR`, … */
export function serviceEnv(services: readonly Service[]): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { metadata, spec } of services) {
    const ip = spec?.clusterIP
    const ports = spec?.ports ?? []
    const [first] = ports
    if (!ip || ip === 'None' || first === undefined) continue
    const name = (metadata?.name ?? '').toUpperCase().replaceAll('-', '_')
    const host = ip.includes(':') ? `[${ip}]` : ip
    const url = (port: { port: number; protocol?: string }) =>
      `${(port.protocol ?? 'TCP').toLowerCase()}://${host}:${port.port}`
    env[`${name}_SERVICE_HOST`] = ip
    env[`${name}_SERVICE_PORT`] = String(first.port)
    for (const port of ports)
      if (port.name) env[`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`] = String(port.port)
    env[`${name}_PORT`] = url(first)
    for (const port of ports) {
      const prefix = `${name}_PORT_${port.port}_${(port.protocol ?? 'TCP').toUpperCase()}`
      env[prefix] = url(port)
      env[`${prefix}_PROTO`] = (port.protocol ?? 'TCP').toLowerCase()
      env[`${prefix}_PORT`] = String(port.port)
      env[`${prefix}_ADDR`] = ip
    }
  }
  return env
}
