import { createHash } from 'node:crypto'
import type { Catalogue } from '../catalogue/contract.ts'
import { builtinSchemas, type Schemas } from '../schema/schema.ts'
import { descriptions } from './descriptions.ts'
import { documentV2, documentV3, outerDocumentV3, rootDocumentV3, type Steps } from './documents.ts'
import { jsonText } from './json-text.ts'
import { issuerPaths, versionPath } from './outer-paths.ts'
import { openApiV2Protobuf } from './protobuf-v2.ts'
import { openApiV3Protobuf } from './protobuf-v3.ts'
import type { Describe, SchemaObject } from './schema-object.ts'

/** A document as JSON text, with a hash that changes with it. */
export interface OpenApiDocument {
  readonly json: string
  readonly hash: string
}

/** The same document in protobuf. Its hash is that of the JSON text, as upstream's is. */
export interface OpenApiBytes {
  readonly bytes: Buffer
  readonly hash: string
}

export interface OpenApi {
  /** Paths that have a v3 document: `api`, `api/v1`, `apis`, `apis/coordination.k8s.io`, `apis/coordination.k8s.io/v1`, `version`. */
  readonly paths: readonly string[]
  /** The v3 document of one path. @throws Error when there is none. */
  v3(path: string): OpenApiDocument
  /** The same in steps of a millisecond or less, most of them: the first time a document takes up to 40. */
  v3Steps(path: string): Steps<OpenApiDocument>
  v3ProtobufSteps(path: string): Steps<OpenApiBytes>
  /** The v2 document of all. */
  v2(): OpenApiDocument
  v2Steps(): Steps<OpenApiDocument>
  v2ProtobufSteps(): Steps<OpenApiBytes>
}

export interface OpenApiOptions {
  readonly catalogue: Catalogue
  readonly schemas?: Schemas
  /** Default: the texts that set-up generated, if it did. */
  readonly describe?: Describe
  /** Default `1.36`. */
  readonly version?: string
  /** Whether the documents of the service account issuer are served. */
  readonly issuerDiscovery?: boolean
}

/** OpenAPI of a catalogue. Each document is made when it is first asked for, and kept. */
export function createOpenApi(options: OpenApiOptions): OpenApi {
  const { catalogue, schemas = builtinSchemas, describe = descriptions(), version = '1.36' } = options
  const all = catalogue.entries
  const byPath = Map.groupBy(all, entry =>
    entry.group === '' ? `api/${entry.version}` : `apis/${entry.group}/${entry.version}`,
  )
  const root = (what: 'api' | 'apis' | { group: string }) => () =>
    rootDocumentV3({ entries: [], all, schemas, describe, version }, what)
  const groups = [...new Set(catalogue.entries.map(e => e.group))].filter(group => group !== '')
  const outer = [versionPath, ...(options.issuerDiscovery ? issuerPaths : [])]
  const roots = new Map<string, Make>([
    ['api', root('api')],
    ['apis', root('apis')],
    ...groups.map(group => [`apis/${group}`, root({ group })] as const),
    ...outer.map(one => [one.path, () => outerDocumentV3({ version }, one)] as const),
  ])
  const made = new Map<string, OpenApiDocument>()
  const encoded = new Map<string, OpenApiBytes>()
  function* text(key: string, make: Make): Steps<OpenApiDocument> {
    const known = made.get(key)
    if (known !== undefined) return known
    // the definitions stand three levels down
    const json = yield* jsonText(yield* make(), 3)
    const document = { json, hash: yield* hashOf(json) }
    made.set(key, document)
    return document
  }
  function* protobuf(key: string, make: Make, encode: (document: SchemaObject) => Steps<Buffer>): Steps<OpenApiBytes> {
    const known = encoded.get(key)
    if (known !== undefined) return known
    const { hash } = yield* text(key, make)
    // made once more: reading the text again would be one long step
    const bytes = yield* encode(yield* make())
    const document = { bytes, hash }
    encoded.set(key, document)
    return document
  }
  function makeV3(path: string): Make {
    const entries = byPath.get(path)
    const make = roots.get(path) ?? (entries && (() => documentV3({ entries, all, schemas, describe, version })))
    if (make === undefined) throw new Error(`there is no document of ${path}`)
    return make
  }
  function* v3Steps(path: string): Steps<OpenApiDocument> {
    return yield* text(path, makeV3(path))
  }
  function* v3ProtobufSteps(path: string): Steps<OpenApiBytes> {
    return yield* protobuf(path, makeV3(path), openApiV3Protobuf)
  }
  const makeV2: Make = () => documentV2({ entries: all, all, schemas, describe, version }, outer)
  const v2Steps = () => text('', makeV2)
  return {
    paths: [...roots.keys(), ...byPath.keys()].sort(),
    v3: path => atOnce(v3Steps(path)),
    v3Steps,
    v3ProtobufSteps,
    v2: () => atOnce(v2Steps()),
    v2Steps,
    v2ProtobufSteps: () => protobuf('', makeV2, openApiV2Protobuf),
  }
}

type Make = () => Steps<SchemaObject>

/** Characters that are hashed in one step, well below a millisecond. */
const slice = 256 * 1024

function* hashOf(text: string): Steps<string> {
  const hash = createHash('sha512')
  for (let at = 0; at < text.length; at += slice) {
    yield
    hash.update(text.slice(at, at + slice))
  }
  return hash.digest('hex').toUpperCase()
}

function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
