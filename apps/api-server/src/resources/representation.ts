import { protobufContentType, type ResourceEntry } from '@kubets/api-types'
import { ApiError, notAcceptable } from '@kubets/apimachinery'

/** The form of an answer that an Accept header asks for. */
export interface Representation {
  readonly encoding: 'json' | 'yaml' | 'protobuf'
  /** `APIGroupDiscoveryList` exists for discovery only. */
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList'
  /** Version of the `as` kind's group: `v1`, `v1beta1`, `v2`, `v2beta1`. */
  readonly version: string
  readonly contentType: string
  /** JSON is to be printed for people, whatever else the request says: `application/json;pretty=1`. */
  readonly pretty: boolean
}

export const plainJson: Representation = {
  encoding: 'json',
  as: 'Object',
  version: '',
  contentType: 'application/json',
  pretty: false,
}
const plainYaml: Representation = {
  encoding: 'yaml',
  as: 'Object',
  version: '',
  contentType: 'application/yaml',
  pretty: false,
}

const plainProtobuf: Representation = {
  encoding: 'protobuf',
  as: 'Object',
  version: '',
  contentType: protobufContentType,
  pretty: false,
}

/** Accept headers come in a handful of forms: read once each. At the bound the memory is emptied. */
const maxRemembered = 256

/** The `as` kinds of one family of answers with their group versions. */
interface Family {
  readonly kinds: { readonly [as: string]: readonly string[] }
  readonly protobuf: 'spoken' | 'not spoken'
}

/** Reads Accept headers for one family of answers. Protobuf is spoken only where it is said. */
export function negotiator(
  kinds: Family['kinds'],
  protobuf: Family['protobuf'] = 'not spoken',
): (accept: string | undefined, answers?: 'whole' | 'streams') => Representation {
  const family = { kinds, protobuf }
  const remembered = new Map<string, Representation>()
  return (accept, answers = 'whole') => {
    if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return plainJson
    let known = remembered.get(accept)
    if (known === undefined) {
      known = negotiate(accept, family, answers)
      if (remembered.size >= maxRemembered) remembered.clear()
      remembered.set(accept, known)
    }
    return known
  }
}

/** The answers of resources. */
export const resourceRepresentation = negotiator(
  {
    Table: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
    PartialObjectMetadata: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
    PartialObjectMetadataList: ['meta.k8s.io/v1', 'meta.k8s.io/v1beta1'],
  },
  'spoken',
)

/** Answers `whole` objects, or watch `streams` too. */
function negotiate(accept: string, { kinds, protobuf }: Family, answers: 'whole' | 'streams'): Representation {
  const wanted = clauses(accept)
  const all = [...written, ...(protobuf === 'spoken' ? [protobufContentType] : [])]
  if (!wanted.some(({ type }) => type === '*/*' || all.includes(type))) throw notAvailable(all, answers)
  for (const clause of wanted) {
    const base = encodingOf(clause.type)
    if (base === undefined || (base.encoding === 'protobuf' && protobuf === 'not spoken')) continue
    const { as, stream, g: group = '', v: version = '' } = clause.parameters
    const pretty = clause.parameters.pretty === '1'
    if (stream !== undefined && stream !== 'watch') continue
    if (as === undefined) return pretty ? { ...base, pretty } : base
    // a Table has no protobuf form: its cells are of any type
    if (as === 'Table' && base.encoding === 'protobuf') continue
    if (Object.hasOwn(kinds, as) && kinds[as]?.includes(`${group}/${version}`))
      return {
        encoding: base.encoding,
        as: as as Representation['as'],
        version,
        contentType:
          as === 'APIGroupDiscoveryList' ? `${base.contentType};g=${group};v=${version};as=${as}` : base.contentType,
        pretty,
      }
  }
  throw notAcceptable(all)
}

const written = ['application/json', 'application/yaml']

/** Whether a client reads anything of what objects are written in. */
export function isAvailable(accept: string | undefined): boolean {
  return (
    accept === undefined ||
    accept === '' ||
    clauses(accept).some(({ type }) => type === '*/*' || type === protobufContentType || written.includes(type))
  )
}

/** 406 where what answers has no Table. */
export function refuseTable(form: Representation): void {
  if (form.as === 'Table') throw notAcceptable([...written, protobufContentType])
}

/** 406 of a client that reads nothing of what a path writes: upstream's router says it, in its own way. */
function notAvailable(types: readonly string[], answers: 'whole' | 'streams'): ApiError {
  const streams = ['application/json;stream=watch', `${protobufContentType};stream=watch`]
  const all = answers === 'streams' ? [...types, ...streams] : types
  return cannotBeShown(`406: Not Acceptable\n\nAvailable representations: ${all.join(', ')}`, { details: {} })
}

/** 406: the form is known, but what is asked for has none. */
export function cannotBeShown(message: string, more: { details?: object } = {}): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'NotAcceptable',
    ...more,
    code: 406,
  })
}

/** What upstream calls a kind in Go, which its errors show: `core.Pod`. */
export function goType(entry: ResourceEntry): string {
  const { schema, kind } = entry.hub?.entry ?? entry
  return `${schema.split('.').at(-3) ?? entry.group}.${kind}`
}

function encodingOf(type: string): Representation | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return plainJson
  if (type === 'application/yaml') return plainYaml
  return type === protobufContentType ? plainProtobuf : undefined
}

interface Clause {
  type: string
  parameters: Record<string, string>
  q: number
}

/** The media types of an Accept header, the best liked first. */
export const acceptedTypes = (accept: string | undefined): string[] =>
  clauses(accept === undefined || accept === '' ? '*/*' : accept).map(({ type }) => type)

function clauses(accept: string): Clause[] {
  const all = accept.split(',').map(text => {
    const [type = '', ...rest] = text.split(';').map(s => s.trim())
    const parameters: Record<string, string> = {}
    let q = 1
    for (const parameter of rest) {
      const eq = parameter.indexOf('=')
      const name = parameter.slice(0, eq)
      const value = parameter.slice(eq + 1).replace(/^"|"$/g, '')
      if (name === 'q') q = Number(value)
      else if (name === 'as' || name === 'g' || name === 'v' || name === 'stream' || name === 'pretty')
        parameters[name] = value
    }
    return { type: type.toLowerCase(), parameters, q }
  })
  return all.filter(c => c.q > 0).sort((a, b) => b.q - a.q)
}
