import type { APIService, EndpointSlice, Service } from '@kubets/api-types'
import { goQuote } from '@kubets/apimachinery'
import type { Said } from '../conditions.ts'

/** What stands behind an APIService of another server. */
export interface Behind {
  readonly service: Service | undefined
  /** Those of the Service. */
  readonly slices: readonly EndpointSlice[]
}

const available = (status: 'True' | 'False', reason: string, message: string): Said => ({
  type: 'Available',
  status,
  reason,
  message,
})

export const local = available('True', 'Local', 'Local APIServices are always available')
export const passed = available('True', 'Passed', 'all checks passed')
export const failedDiscovery = (message: string): Said => available('False', 'FailedDiscoveryCheck', message)

/**
 * What the Service and its endpoints say of the availability: a reason why it cannot be reached, or undefined when the server itself has to be
 * asked. Pure.
 */
export function unreachable({ spec }: APIService, { service, slices }: Behind): Said | undefined {
  const { name = '', namespace = '', port = 443 } = spec?.service ?? {}
  const text = `service/${name} in ${goQuote(namespace)}`
  if (service === undefined) return available('False', 'ServiceNotFound', `${text} is not present`)
  if (service.spec?.type !== 'ClusterIP') return undefined
  const listening = (service.spec.ports ?? []).find(one => one.port === port)
  if (listening === undefined) return available('False', 'ServicePortError', `${text} is not listening on port ${port}`)
  if (slices.length === 0) return available('False', 'EndpointsNotFound', `cannot find endpointslices for ${text}`)
  const portName = listening.name ?? ''
  if (slices.some(slice => isServed(slice, portName))) return undefined
  return available(
    'False',
    'MissingEndpoints',
    `endpointslices for ${text} have no addresses with port name ${goQuote(portName)}`,
  )
}

const isServed = ({ endpoints, ports }: EndpointSlice, portName: string) =>
  (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) &&
  (ports ?? []).some(({ name, port }) => (name ?? '') === portName && port !== undefined)

/** Where a Service's server is: upstream's ways with each type. @throws Error saying why it is nowhere. */
export function addressOf({ metadata, spec }: Service, port: number): string {
  const host = (address: string) => (address.includes(':') ? `[${address}]` : address)
  const { name = '', namespace = '' } = metadata ?? {}
  if (spec?.type === 'ExternalName') {
    if (port !== 443) throw new Error(`unsupported service type "ExternalName" with port ${port}`)
    return `${spec.externalName}:${port}`
  }
  if (spec?.clusterIP === 'None') return `${name}.${namespace}.svc:${port}`
  if (!(spec?.ports ?? []).some(one => one.port === port))
    throw new Error(`no service port ${port} found for service ${goQuote(name)}`)
  return `${host(spec?.clusterIP ?? '')}:${port}`
}
