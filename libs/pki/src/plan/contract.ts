import type { CertificateRequest } from '../contract.ts'

/** One authority of a cluster. */
export interface AuthorityDefinition {
  /** How commands and other definitions call it: `etcd-ca`. */
  readonly name: string
  readonly about: string
  readonly commonName: string
  /** Path of `.crt` and `.key` without these. */
  readonly files: string
}

/** One certificate of a cluster: who it is, of which authority, and where it lies. */
export interface CertificateDefinition {
  readonly name: string
  readonly about: string
  /** An authority's name. */
  readonly authority: string
  readonly request: CertificateRequest
  /** Path of `.crt` and `.key` without these. */
  readonly files?: string
  /** A kubeconfig file that has it inside. */
  readonly kubeconfig?: { readonly path: string; readonly server: string; readonly cluster: string }
}

/** All certificates of a cluster. */
export interface PkiPlan {
  readonly authorities: readonly AuthorityDefinition[]
  readonly certificates: readonly CertificateDefinition[]
  /** Path of `.key` and `.pub` of the keys that sign service account tokens, without these. */
  readonly serviceAccounts: string
}
