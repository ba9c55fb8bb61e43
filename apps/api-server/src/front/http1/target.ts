import { BadRequest } from './head.ts'

const absolute = /^[A-Za-z][\dA-Za-z+.-]*:(\/\/[^/?]*)?(.*)$/
const authority = /^\/\/(?:[\dA-Za-z\-._~!$&'()*+,;=%:]*@)?(?:\[[\dA-Fa-f:.%]*\]|[\dA-Za-z\-._~!$&'()*+,;=]*)(?::\d*)?$/
const badEscape = /^[^?]*%(?![\dA-Fa-f]{2})/
/** Without `g`: a test of it begins at the beginning each time. */
const unusual = /[#\x80-\xff]/

/**
 * What a request line names (RFC 9112, 3.2), as path and query: of the absolute form, which proxies are asked in, scheme and host are left out. As in Go there are no
 * fragments, and bytes above ASCII count as if they were escaped.
 *
 * @throws {@link BadRequest}
 */
export function targetOf(sent: string): string {
  const target = sent.startsWith('/') || sent === '*' ? sent : withoutHost(sent)
  if (target.includes('%') && badEscape.test(target)) throw new BadRequest(400)
  return unusual.test(target) ? target.replace(/[#\x80-\xff]/g, escaped) : target
}

function withoutHost(sent: string): string {
  const [, host, path] = absolute.exec(sent) ?? []
  if (path === undefined) throw new BadRequest(400)
  // `mailto:a`, `a:443`: no path, and nothing is found there
  if (host === undefined) return sent
  if (!authority.test(host)) throw new BadRequest(400)
  return path.startsWith('/') ? path : `/${path}`
}

const escaped = (one: string) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`
