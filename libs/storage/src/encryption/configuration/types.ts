/** `kind: EncryptionConfiguration` of apiserver.config.k8s.io/v1, decoded and defaulted. */
export interface EncryptionConfiguration {
  /** In order: of what two of them name, the earlier one's providers come first. */
  resources: ResourceConfiguration[]
}

export interface ResourceConfiguration {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` (the core group), `*.*`. */
  resources: string[]
  /** The first one writes; all of them read. */
  providers: ProviderConfiguration[]
}

/** One of them is set. */
export interface ProviderConfiguration {
  aesgcm?: KeysConfiguration
  aescbc?: KeysConfiguration
  secretbox?: KeysConfiguration
  identity?: Record<string, never>
  kms?: KmsConfiguration
}

export interface KeysConfiguration {
  keys: Key[]
}

export interface Key {
  name: string
  /** Base64. Never printed. */
  secret: string
}

export interface KmsConfiguration {
  apiVersion: string
  name: string
  cachesize?: number
  /** `unix:///run/kms.sock` */
  endpoint: string
  /** Milliseconds. */
  timeout: number
}
