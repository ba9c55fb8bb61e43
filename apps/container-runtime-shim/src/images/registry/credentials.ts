/** Who asks a registry; at most one of the forms is used, in this order. */
export interface Credentials {
  username?: string
  password?: string
  /** OAuth2 refresh token, exchanged at the token server. */
  identityToken?: string
  /** Sent to the registry as it is. */
  registryToken?: string
}

/** CRI's `AuthConfig`: strings are empty when not set. */
export interface RegistryAuth {
  username?: string
  password?: string
  /** Base64 of `username:password`. */
  auth?: string
  /** When set, the credentials are for this registry only. */
  serverAddress?: string
  identityToken?: string
  registryToken?: string
}

/** The credentials of a CRI request for a registry; `undefined` when they are for another or there are none. */
export function credentialsFor(auth: RegistryAuth | null | undefined, registry: string): Credentials | undefined {
  if (!auth) return undefined
  if (auth.serverAddress && !isSameRegistry(auth.serverAddress, registry)) return undefined
  if (auth.username) return { username: auth.username, password: auth.password ?? '' }
  if (auth.identityToken) return { identityToken: auth.identityToken }
  if (auth.auth) {
    const decoded = Buffer.from(auth.auth, 'base64').toString('utf8')
    const colon = decoded.indexOf(':')
    if (colon === -1) throw new Error('invalid decoded auth: username:password is expected')
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') }
  }
  if (auth.registryToken) return { registryToken: auth.registryToken }
  return undefined
}

function isSameRegistry(address: string, registry: string): boolean {
  const host = URL.canParse(address) && address.includes('://') ? new URL(address).host : address.split('/')[0]
  const canonical = (name: string | undefined) =>
    name === 'index.docker.io' || name === 'registry-1.docker.io' ? 'docker.io' : name
  return canonical(host) === canonical(registry)
}

/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  scheme: string
  parameters: Readonly<Record<string, string>>
}

export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  const token = /\s*,?\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y
  for (let match = token.exec(header ?? ''); match !== null; match = token.exec(header ?? '')) {
    const [, name = '', quoted, plain] = match
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} })
    else {
      const parameters = challenges.at(-1)?.parameters
      if (parameters) parameters[name.toLowerCase()] = value
    }
  }
  return challenges
}
