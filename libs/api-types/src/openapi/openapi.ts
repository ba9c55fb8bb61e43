import { createHash } from 'node:crypto'
import type { Catalogue } from '../catalogue/contract.ts'
import { builtinSchemas, type Schemas } from '../schema/schema.ts'
import { descriptions } from './descriptions.ts'
import { documentV2, documentV3, rootDocumentV3, type Steps, versionDocumentV3 } from './documents.ts'
import { jsonText } from './json-text.ts'
import { openApiV2Protobuf } from './protobuf-v2.ts'
import type { Describe } from './schema-object.ts'

/** A document as JSON text, with a hash that changes with it. */
export interface OpenApiDocument {
  readonly json: string
  readonly hash: string
}

/** The v2 document has a second form. */
export interface OpenApiV2Document extends OpenApiDocument {
  /** As {@link openApiV2Protobuf} writes it; made when it is first asked for. */
  protobuf(): Buffer
}

export interface OpenApi {
  /** Paths that have a v3 document: `api`, `api/v1`, `apis`, `apis/coordination.k8s.io`, `apis/coordination.k8s.io/v1`, `version`. */
  readonly paths: readonly string[]
  /** The v3 document of one path. @throws Error when there is none. */
  v3(path: string): OpenApiDocument
  /** The same in steps of a millisecond or less, most of them: the first time a document takes up to 40. */
  v3Steps(path: string): Steps<OpenApiDocument>
  /** The v2 document of all. */
  v2(): OpenApiV2Document
  v2Steps(): Steps<OpenApiV2Document>
}

export interface OpenApiOptions {
  readonly catalogue: Catalogue
  readonly schemas?: Schemas
  /** Default: the texts that set-up generated, if it did. */
  readonly describe?: Describe
  /** Default `1.36`. */
  readonly version?: string
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
  const roots = new Map<string, () => Steps<object>>([
    ['api', root('api')],
    ['apis', root('apis')],
    ...groups.map(group => [`apis/${group}`, root({ group })] as const),
    ['version', () => versionDocumentV3({ version })],
  ])
  const made = new Map<string, OpenApiDocument>()
  function* remember(key: string, make: () => Steps<object>): Steps<OpenApiDocument> {
    const known = made.get(key)
    if (known !== undefined) return known
    // the definitions stand three levels down
    const json = yield* jsonText(yield* make(), 3)
    yield
    const document = { json, hash: createHash('sha512').update(json).digest('hex').toUpperCase() }
    made.set(key, document)
    return document
  }
  function* v3Steps(path: string): Steps<OpenApiDocument> {
    const entries = byPath.get(path)
    const root = roots.get(path)
    if (root !== undefined) return yield* remember(path, root)
    if (entries === undefined) throw new Error(`there is no document of ${path}`)
    return yield* remember(path, () => documentV3({ entries, all, schemas, describe, version }))
  }
  let v2: OpenApiV2Document | undefined
  function* v2Steps(): Steps<OpenApiV2Document> {
    const document = yield* remember('', () => documentV2({ entries: all, all, schemas, describe, version }))
    let protobuf: Buffer | undefined
    v2 ??= { ...document, protobuf: () => (protobuf ??= openApiV2Protobuf(JSON.parse(document.json))) }
    return v2
  }
  return {
    paths: [...roots.keys(), ...byPath.keys()].sort(),
    v3: path => atOnce(v3Steps(path)),
    v3Steps,
    v2: () => atOnce(v2Steps()),
    v2Steps,
  }
}

function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
