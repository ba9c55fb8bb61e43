import { type Edge, edge, ended, kept } from './edge.ts'
import { get, head } from './requests.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const asked = (target: string) => get(`GET ${target} HTTP/1.1`)

const forms: readonly Edge[] = [
  edge('absolute form', asked('http://a/version'), kept(200)),
  edge('absolute form of https', asked('https://a:6443/version'), kept(200)),
  edge('absolute form, scheme in capitals', asked('HTTP://a/version'), kept(200)),
  edge('absolute form of another host', asked('http://b/version'), kept(200)),
  edge('absolute form of ftp', asked('ftp://a/version'), kept(200)),
  edge('absolute form with a query', asked('http://a/api/v1/namespaces/default?pretty=1'), kept(200), {
    text: /^\{\n {2}"kind"/,
  }),
  // RFC 9112, 3.2.2: it is /; to Go, no path at all
  edge('absolute form without a path', asked('http://a'), kept(404), { or: [kept(200)] }),
  edge('absolute form, no Host', head('GET http://a/version HTTP/1.1'), ended(400)),
  edge('absolute form, two Hosts', get('GET http://a/version HTTP/1.1', 'Host: b'), ended(400)),
  edge('absolute form with a bad port', asked('http://a:x/version'), ended(400)),
  edge('absolute form without a host', asked('http:///version'), kept(200), { or: [ended(400)] }),
  edge('absolute form with a space in its host', asked('http://a%20b/version'), ended(400)),
  edge('opaque form', asked('mailto:a'), kept(404), { or: [ended(400)] }),
  edge('authority form', asked('a:443'), kept(404), { or: [ended(400)] }),
  edge('CONNECT of an authority', get('CONNECT a:443 HTTP/1.1'), kept(404)),
  edge('CONNECT of an authority, no Host', head('CONNECT a:443 HTTP/1.1'), kept(404), { or: [ended(400)] }),
  edge('CONNECT of a path', get('CONNECT /version HTTP/1.1'), kept(405)),
  edge('CONNECT with a body', `${get('CONNECT a:443 HTTP/1.1', 'Content-Length: 4')}abcd`, kept(404)),
  edge('OPTIONS *', get('OPTIONS * HTTP/1.1'), kept(200), { text: '', headers: { 'content-length': '0' } }),
  edge('OPTIONS * with a body', `${get('OPTIONS * HTTP/1.1', 'Content-Length: 4')}abcd`, kept(200), { text: '' }),
  edge('OPTIONS of a path', get('OPTIONS /version HTTP/1.1'), kept(405)),
  edge('GET *', asked('*'), kept(404)),
  edge('a relative target', asked('version'), ended(400)),
  edge('a query alone', asked('?a'), ended(400)),
  edge('a fragment alone', asked('#part'), ended(400)),
  edge('a backslash in place of the slash', asked('\\version'), ended(400)),
]

/** A path is taken as it stands: nothing is cleaned. */
const paths: readonly Edge[] = [
  edge('a fragment', asked('/version#part'), kept(404), { or: [ended(400)] }),
  edge('a fragment behind a query', asked('/version?a#part'), kept(200), { or: [ended(400)] }),
  edge('two slashes at its begin', asked('//version'), kept(404)),
  edge('two slashes and a host', asked('//a/version'), kept(404)),
  edge('two slashes within', asked('/api//v1/namespaces/default'), kept(404)),
  edge('a slash at its end', asked('/version/'), kept(200)),
  edge('dots', asked('/api/../version'), kept(404)),
  edge('dots as escapes', asked('/api/%2e%2e/version'), kept(404)),
  // Go takes escapes away before it looks for slashes
  edge('a slash as an escape', asked('/api/v1/namespaces/default%2Fconfigmaps'), kept(404)),
  edge('a backslash within', asked('/a\\version'), kept(404)),
  edge('an escape of one digit', asked('/version%2'), ended(400)),
  edge('an escape of no digits', asked('/version%zz'), ended(400)),
  edge('a bad escape in the query', asked('/version?a=%zz'), kept(200)),
  edge('an escaped NUL', asked('/version%00'), kept(404)),
  edge('quotes and angle brackets', asked(`${configMaps}/%3C"<>`), kept(404)),
  edge('braces, a pipe and a caret', asked(`${configMaps}/{|}^\``), kept(404), {
    text: /configmaps \\"\{\|\}\^`\\" not found/,
  }),
  edge('square brackets', asked(`${configMaps}/[a]`), kept(404)),
  edge('an empty query', asked('/version?'), kept(200)),
  edge('a semicolon in the query', asked('/version?a;b'), kept(200)),
  edge('two question marks', asked('/version??'), kept(200)),
]

const bytes: readonly Edge[] = [
  edge('a NUL', asked('/version\0'), ended(400)),
  edge('a NUL in the query', asked('/version?\0'), ended(400)),
  edge('a control character', asked('/version\x01'), ended(400)),
  edge('a control character in the query', asked('/version?a=\x01'), ended(400)),
  edge('a DEL', asked('/version\x7f'), ended(400)),
  edge('a tab', asked('/ver\tsion'), ended(400)),
  edge('a vertical tab', asked('/ver\x0bsion'), ended(400)),
  edge('a space', asked('/ver sion'), ended(400)),
  edge('bytes of UTF-8', asked(`${configMaps}/\xc3\xa4`), kept(404), { text: /configmaps \\"\xc3\xa4\\" not found/ }),
  edge('bytes that are no UTF-8', asked(`${configMaps}/\xe4`), kept(404)),
  edge('bytes of UTF-8 in the query', asked('/version?a=\xc3\xa4'), kept(200)),
]

const lengths: readonly Edge[] = [
  edge('of 8 KiB', asked(`/version?${'a'.repeat(8 * 1024)}`), kept(200)),
  edge('of 70,000 bytes', asked(`/version?${'a'.repeat(70_000)}`), kept(200)),
  edge('of 900,000 bytes', asked(`/version?${'a'.repeat(900_000)}`), kept(200)),
  edge('of more than 1 MiB', asked(`/version?${'a'.repeat(1_060_000)}`), ended(431)),
]

export const target: readonly Edge[] = [...forms, ...paths, ...bytes, ...lengths]
