import type { Transform } from 'node:stream'
import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from 'node:zlib'
import { HtmlLinks } from './html-links.ts'
import { type ProxiedAt, proxiedLink } from './links.ts'

type Headers = Record<string, string | string[]>

/** Whom a backend lets read its answers is not for it to say where they come from us. */
const origins = ['credentials', 'headers', 'methods', 'origin'].map(name => `access-control-allow-${name}`)

/** An answer as those see it who come through the proxy: redirects and pages lead back through it. `changes` are what its body passes. */
export function throughProxy(headers: Headers, at: ProxiedAt | undefined): { headers: Headers; changes: Transform[] } {
  if (at === undefined) return { headers, changes: [] }
  const told = Object.fromEntries(Object.entries(headers).filter(([name]) => !origins.includes(name)))
  if (typeof told.location === 'string' && told.location !== '')
    return { headers: { ...told, location: proxiedLink(told.location, at) }, changes: [] }
  const type = String(told['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
  const coding = codings[String(told['content-encoding'] ?? '')]
  if (type !== 'text/html' || coding === undefined) return { headers: told, changes: [] }
  const { 'content-length': _, ...page } = told
  const [decode, encode] = coding()
  return { headers: page, changes: [...decode, new HtmlLinks(at), ...encode] }
}

const codings: Readonly<Record<string, (() => [decode: Transform[], encode: Transform[]]) | undefined>> = {
  '': () => [[], []],
  gzip: () => [[createGunzip()], [createGzip()]],
  deflate: () => [[createInflateRaw()], [createDeflateRaw()]],
}
