/** Where the pages of a backend are found by those who come through us. */
export interface ProxiedAt {
  /** What stands before the backend's own path: `/api/v1/namespaces/a/pods/b/proxy`. */
  readonly prefix: string
  /** The backend's host and port. */
  readonly host: string
  /** The host that the client has asked for. */
  readonly requestHost: string | undefined
}

/** A link that leads to the backend by an absolute path leads through us; any other stays as it is. */
export function proxiedLink(link: string, { prefix, host, requestHost }: ProxiedAt): string {
  const [, origin = '', said, path = ''] = /^((?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?(.*)$/is.exec(link) ?? []
  if (!path.startsWith('/')) return link
  const elsewhere = said !== undefined && said !== '' && said !== host && said !== requestHost
  if (elsewhere) return link
  const through = path.startsWith(prefix) ? path : `${prefix}${path}`
  return said !== undefined && said !== '' && said === requestHost ? `${origin}${through}` : through
}
