import { UsageError } from '@kubets/component'
import { isLoopback } from './dial.ts'

/** How registries are reached beyond the defaults. */
export interface RegistryConfig {
  /** Registry (`docker.io`, `registry.example:5000`) to the URLs of its mirrors, tried in order before the registry itself. */
  mirrors?: ReadonlyMap<string, readonly string[]>
  /** Registries (`host` or `host:port`) whose certificate is not checked and that may speak plain HTTP. */
  insecure?: ReadonlySet<string>
  /** PEM certificates that are trusted beside Node's and the system's. */
  ca?: readonly string[]
}

/** One place that may hold an image. */
export interface RegistryEndpoint {
  /** `https://registry.example:5000/`, ends with a slash; mirrors may have a path. */
  base: URL
  /** Set for mirrors: the registry they stand for, sent along as `?ns=` (containerd's convention for proxies). */
  mirrorOf?: string
  verify: boolean
}

/**
 * Where to ask for images of a registry. Loopback registries are asked in plain HTTP (HTTPS on port 443), as Docker and
 * containerd do; all others in HTTPS only, unless they are named insecure.
 */
export function endpointsOf(domain: string, config: RegistryConfig): RegistryEndpoint[] {
  const verify = (host: string) => !config.insecure?.has(host)
  const mirrors = (config.mirrors?.get(domain) ?? []).map((text): RegistryEndpoint => {
    const base = new URL(text.endsWith('/') ? text : `${text}/`)
    return { base, mirrorOf: domain, verify: verify(base.host) }
  })
  const host = domain === 'docker.io' ? 'registry-1.docker.io' : domain
  const https: RegistryEndpoint = { base: new URL(`https://${host}/`), verify: verify(domain) }
  const http: RegistryEndpoint = { base: new URL(`http://${host}/`), verify: false }
  const name = hostName(new URL(`http://${host}/`))
  if (isLoopback(name) && !/:443$/.test(host)) return [...mirrors, http]
  return config.insecure?.has(domain) ? [...mirrors, https, http] : [...mirrors, https]
}

/** Name or address without IPv6's brackets. */
export function hostName(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** Reads `--registry-mirror docker.io=https://mirror.example,…` and `--insecure-registry host:port`. Throws {@link UsageError} on malformed ones. */
export function parseRegistryFlags(mirrors: readonly string[], insecure: readonly string[]): RegistryConfig {
  const byRegistry = new Map<string, string[]>()
  for (const text of mirrors) {
    const equals = text.indexOf('=')
    const url = text.slice(equals + 1)
    if (equals < 1 || !/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new UsageError(
        `invalid registry mirror "${text}": it must be REGISTRY=URL, such as docker.io=https://mirror.example`,
      )
    const registry = text.slice(0, equals)
    byRegistry.set(registry, [...(byRegistry.get(registry) ?? []), url])
  }
  return { mirrors: byRegistry, insecure: new Set(insecure) }
}
