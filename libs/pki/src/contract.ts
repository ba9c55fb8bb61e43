/** A certificate with its private key, PEM. */
export interface KeyPair {
  cert: string
  key: string
}

/** kubeadm's names. */
export type KeyAlgorithm = 'ECDSA-P256' | 'ECDSA-P384' | 'RSA-2048' | 'RSA-3072' | 'RSA-4096'

export interface AuthorityOptions {
  /** Default ten years. */
  days?: number
  /** Default ECDSA-P256. */
  keyAlgorithm?: KeyAlgorithm
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
  /** Default ECDSA-P256. */
  keyAlgorithm?: KeyAlgorithm
}

export interface KubeconfigOptions {
  /** `https://host:port` */
  server: string
  /** PEM of the cluster's CA. */
  ca: string
  /** The cluster's name. Default `kubets`. */
  name?: string
  /** Default: the cluster's name. */
  context?: string
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
