/** A certificate with its private key, PEM. */
export interface KeyPair {
  cert: string
  key: string
}

export interface CertificateRequest {
  commonName: string
  /** `O` entries: Kubernetes groups. */
  organizations?: readonly string[]
  /** Subject alternative names. */
  dnsNames?: readonly string[]
  ipAddresses?: readonly string[]
  usages: readonly ('client' | 'server')[]
  /** Default one year. */
  days?: number
}

export interface KubeconfigOptions {
  /** `https://host:port` */
  server: string
  /** PEM of the cluster's CA. */
  ca: string
  /** Cluster and context name. Default `kubets`. */
  name?: string
  user: { name: string } & ({ cert: string; key: string } | { token: string })
}

/** What a certificate request asks to be called. */
export interface RequestedNames {
  commonName: string
  organizations: readonly string[]
  dnsNames: readonly string[]
  ipAddresses: readonly string[]
  emailAddresses: readonly string[]
  uris: readonly string[]
}

export interface SigningTerms {
  /** As in a CertificateSigningRequest: `client auth`. */
  usages: readonly string[]
  /** Milliseconds since the epoch. */
  notBefore: number
  notAfter: number
}
