/** An object that a token speaks of. */
export interface ObjectReference {
  readonly name: string
  readonly uid: string
}

/** The claims of a service account token: RFC 7519 and Kubernetes' own (KEP-1205, KEP-4193). Times in seconds. */
export interface TokenClaims {
  readonly iss: string
  readonly aud: readonly string[]
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly sub: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly jti: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly serviceaccount: ObjectReference
    readonly pod?: ObjectReference
    readonly secret?: ObjectReference
    readonly node?: ObjectReference
    /** After this time the token still works, but should have been reloaded. */
    readonly warnafter?: number
  }
}

export const userNameOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`
