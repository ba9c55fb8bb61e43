export type IpFamily = 'IPv4' | 'IPv6'
export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface Endpoint {
  readonly ip: string
  readonly port: number
  readonly ready: boolean
  /** Answers, whether it is going or not. */
  readonly serving: boolean
  readonly terminating: boolean
  /** Runs on this node. */
  readonly local: boolean
}

/** One port of a Service in one address family, with all that stands behind it. */
export interface ServicePort {
  readonly namespace: string
  readonly name: string
  /** '' where the only port has no name. */
  readonly portName: string
  readonly protocol: Protocol
  readonly clusterIP: string
  readonly port: number
  /** 0: none. */
  readonly nodePort: number
  readonly externalIPs: readonly string[]
  /** Seconds that a client's address stays with its endpoint; undefined: every connection for itself. */
  readonly affinitySeconds: number | undefined
  readonly internalLocal: boolean
  readonly externalLocal: boolean
  /** Sorted, so that the same set gives the same rules. */
  readonly endpoints: readonly Endpoint[]
}

export const familyOf = (ip: string): IpFamily => (ip.includes(':') ? 'IPv6' : 'IPv4')

export const externallyAccessible = (port: ServicePort): boolean => port.nodePort !== 0 || port.externalIPs.length > 0
