import type { SelfSigned } from '@kubets/component'

export interface SelfSignedOptions {
  readonly advertiseAddress: string
  readonly bindAddress: string
  /** Of the Service `kubernetes`. */
  readonly serviceAddress: string
}

/** Whom a self-signed certificate of an api-server is for, upstream's names. */
export const apiServerNames = ({ advertiseAddress, bindAddress, serviceAddress }: SelfSignedOptions): SelfSigned => ({
  host: advertiseAddress,
  dnsNames: ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes'],
  ipAddresses: [serviceAddress],
  bindAddress,
})
