import { parse } from 'yaml'
import type { Answer } from './exchange.ts'
import { layoutOf } from './layout.ts'

/** An answer without what may differ between two runs of the same server. */
export interface Normal {
  status: number
  headers: Record<string, unknown>
  /** How JSON is printed. */
  layout?: string
  body: unknown
}

/** Headers whose value is compared. */
const compared = [
  'content-type',
  'warning',
  'vary',
  'cache-control',
  'retry-after',
  'allow',
  'location',
  'www-authenticate',
  'x-content-type-options',
]
/** Headers that must be there in both or in neither. */
const present = ['audit-id', 'etag', 'last-modified', 'expires']

export function normalize(answer: Answer): Normal {
  const headers: Record<string, unknown> = {}
  for (const name of compared) {
    const value = answer.headers[name]
    if (value !== undefined) headers[name] = withoutChance(String(value))
  }
  for (const name of present) if (answer.headers[name] !== undefined) headers[name] = '<present>'
  const layout = layoutIn(answer)
  return { status: answer.status, headers, ...(layout === undefined ? {} : { layout }), body: bodyOf(answer) }
}

/** Frames of a watch are lines; how many of them came is chance. */
function layoutIn({ headers, body }: Answer): string | undefined {
  if (!String(headers['content-type'] ?? '').includes('json')) return undefined
  const text = body.toString('utf8')
  return text.includes('\n{') ? undefined : layoutOf(text)
}

function bodyOf({ headers, body }: Answer): unknown {
  const type = String(headers['content-type'] ?? '')
  if (type.includes('protobuf')) return body.subarray(0, 4).toString('latin1') === 'k8s\0' ? '<protobuf>' : '<bytes>'
  const text = body.toString('utf8')
  if (text === '') return ''
  if (type.startsWith('application/yaml')) return yamlOf(text)
  try {
    return withoutChanceIn(JSON.parse(text), '')
  } catch {
    if (type.includes('json') && text.includes('\n{')) return framesOf(text)
    return withoutChance(text)
  }
}

/** How YAML is laid out is the encoder's taste. */
function yamlOf(text: string): unknown {
  try {
    return withoutChanceIn(parse(text), '')
  } catch {
    return withoutChance(text)
  }
}

/** Lines of a watch. */
function framesOf(text: string): unknown {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      try {
        return withoutChanceIn(JSON.parse(line), '')
      } catch {
        return withoutChance(line)
      }
    })
}

/** The same for a value within a document: what a field means is known by its name. */
export function withoutChanceIn(value: unknown, field: string): unknown {
  if (typeof value === 'string')
    return field === 'resourceVersion' && value !== '' && value !== '0'
      ? '<version>'
      : field === 'continue' && value !== ''
        ? '<continue>'
        : withoutChance(value)
  if (typeof value === 'number')
    return (field === 'nodePort' || field === 'healthCheckNodePort') && value >= 30_000 ? '<port>' : value
  if (Array.isArray(value) && field === 'causes') return inOrderOfManagers(value)
  if (Array.isArray(value)) return value.map(item => withoutChanceIn(item, field === 'columnDefinitions' ? field : ''))
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(inAnOrder(value))
  return Object.fromEntries(
    members
      // each project describes its columns in its own words
      .filter(([key]) => !(field === 'columnDefinitions' && key === 'description'))
      .map(([key, member]) => [withoutChance(key), withoutChanceIn(member, key)]),
  )
}

/** Whoever is in conflict with several managers is told of them in the order of a Go map; the fields of each are in an order. */
function inOrderOfManagers(causes: readonly unknown[]): unknown {
  const shown = causes.map(cause => withoutChanceIn(cause, '')) as { reason?: unknown; message?: unknown }[]
  if (!shown.every(({ reason }) => reason === 'FieldManagerConflict')) return shown
  return shown.toSorted((a, b) => (String(a.message) < String(b.message) ? -1 : a.message === b.message ? 0 : 1))
}

/** Upstream asks the components all at once: they stand as they answer. */
function inAnOrder(value: object): object {
  const { kind, items } = value as { kind?: unknown; items?: { metadata?: { name?: string } }[] }
  if (kind !== 'ComponentStatusList' || !Array.isArray(items)) return value
  const name = ({ metadata }: (typeof items)[number]) => metadata?.name ?? ''
  return { ...value, items: items.toSorted((a, b) => (name(a) < name(b) ? -1 : 1)) }
}

// `_` may stand before it: the holder of a Lease is `name_uid`
const uuid = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const jsonWebToken = /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g
const time = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** What chance decides becomes a word: identifiers, versions, the present time, allocated addresses and ports, generated endings. */
export function withoutChance(text: string): string {
  return (
    text
      .replace(jsonWebToken, tokenOf)
      .replace(uuid, '<uid>')
      .replace(time, found => (Math.abs(Date.parse(found) - Date.now()) < 86_400_000 ? '<now>' : found))
      .replace(/\b192\.0\.2\.10:\d+/g, '<address>')
      .replace(/\b127\.0\.0\.[12]:\d+/g, '<address>')
      .replace(/\b10\.96\.(?!0\.1\b)\d+\.\d+\b/g, '<cluster ip>')
      .replace(/\b(random-|kube-api-access-)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1<random>')
      .replace(/\b(resource ?version:? "?)\d+/gi, '$1<version>')
      // also in JSON that stands in a text
      .replace(/(\\*"resourceVersion\\*":\\*")\d+/g, '$1<version>')
      .replace(/\b(ResourceVersion in (?:record|the precondition) \()\d+/g, '$1<version>')
      .replace(/\b(ResourceVersion in (?:precondition|object meta): )\d+/g, '$1<version>')
      .replace(/(\\*"(?:nodePort|healthCheckNodePort)\\*":)3\d{4}\b/g, '$1"<port>"')
      // a Service's ports in a Table
      .replace(/^(?:\d+(?::3\d{4})?\/(?:TCP|UDP|SCTP),?)+$/, found => found.replace(/:3\d{4}/g, ':<port>'))
      .replace(/^(?:\d+[smhd])+$/, '<age>')
  )
}

/** What a token says, times counted from when it was issued; the order of its claims and its signature are each server's own. */
function tokenOf(token: string): string {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map(part => JSON.parse(Buffer.from(part, 'base64url').toString()))
  const times = Object.entries(claims).map(([name, value]) => [
    name,
    typeof value === 'number' && typeof claims.iat === 'number' ? value - claims.iat : value,
  ])
  return `<token ${sorted(header)} ${sorted(Object.fromEntries(times))}>`
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, member) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
