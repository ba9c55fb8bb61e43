/**
 * Image references as Docker and containerd read them (github.com/distribution/reference): `busybox` is
 * `docker.io/library/busybox:latest`, a first part with a dot, a colon or the name `localhost` is a registry.
 */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string
  /** `library/busybox`. */
  readonly path: string
  readonly tag?: string
  /** `sha256:` and 64 hex digits, or another algorithm's digest. */
  readonly digest?: string
}

/** The text is no image reference; the message is upstream's. */
export class InvalidReferenceError extends Error {
  override readonly name = 'InvalidReferenceError'
}

const alphanumeric = '[a-z0-9]+'
const separator = '(?:[._]|__|[-]+)'
const pathComponent = `${alphanumeric}(?:${separator}${alphanumeric})*`
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domainPattern = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
const nameRegExp = new RegExp(`^(${domainPattern})/(${pathComponent}(?:/${pathComponent})*)$`)
const tagRegExp = /^[\w][\w.-]{0,127}$/
const digestRegExp = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/
const maxPathLength = 255

/** Reads a familiar or full reference. A tag beside a digest is dropped, as CRI runtimes do; without either the tag is `latest`. */
export function parseReference(text: string): ImageReference {
  if (/^[0-9a-f]{64}$/.test(text))
    throw new InvalidReferenceError(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`)
  let rest = text
  let digest: string | undefined
  const at = rest.indexOf('@')
  if (at !== -1) {
    digest = rest.slice(at + 1)
    rest = rest.slice(0, at)
    if (!digestRegExp.test(digest)) throw new InvalidReferenceError('invalid reference format')
    if (digest.startsWith('sha256:') && !/^sha256:[0-9a-f]{64}$/.test(digest))
      throw new InvalidReferenceError('invalid checksum digest length')
  }
  let tag: string | undefined
  const colon = rest.lastIndexOf(':')
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1)
    rest = rest.slice(0, colon)
    if (!tagRegExp.test(tag)) throw new InvalidReferenceError('invalid reference format')
  }
  const { domain, path } = splitDomain(rest)
  if (path.toLowerCase() !== path)
    throw new InvalidReferenceError('invalid reference format: repository name must be lowercase')
  if (!nameRegExp.test(`${domain}/${path}`)) throw new InvalidReferenceError('invalid reference format')
  if (path.length > maxPathLength)
    throw new InvalidReferenceError(`repository name must not be more than ${maxPathLength} characters`)
  if (digest !== undefined) return { domain, path, digest }
  return { domain, path, tag: tag ?? 'latest' }
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  const isDomain = slash !== -1 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  let domain = isDomain ? first : 'docker.io'
  let path = isDomain ? name.slice(slash + 1) : name
  if (domain === 'index.docker.io') domain = 'docker.io'
  if (domain === 'docker.io' && !path.includes('/')) path = `library/${path}`
  return { domain, path }
}

/** `docker.io/library/busybox`. */
export function repositoryOf(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}`
}

/** The full form: `docker.io/library/busybox:latest` or `docker.io/library/busybox@sha256:…`. */
export function formatReference(reference: ImageReference): string {
  return reference.digest === undefined
    ? `${repositoryOf(reference)}:${reference.tag ?? 'latest'}`
    : `${repositoryOf(reference)}@${reference.digest}`
}

/** Full form of a text that may be short; throws {@link InvalidReferenceError}. */
export function normalizeReference(text: string): string {
  return formatReference(parseReference(text))
}
