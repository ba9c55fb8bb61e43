/** Who asks something of a server that is not the api-server. */
export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export const anonymousUser: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
