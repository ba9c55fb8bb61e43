import { createHash } from 'node:crypto'
import type { Catalogue } from '../catalogue/contract.ts'
import { builtinSchemas, type Schemas } from '../schema/schema.ts'
import { descriptions } from './descriptions.ts'
import { documentV2, documentV3 } from './documents.ts'
import type { Describe } from './schema-object.ts'

/** A document as JSON text, with a hash that changes with it. */
export interface OpenApiDocument {
  readonly json: string
  readonly hash: string
}

export interface OpenApi {
  /** As paths: `api/v1`, `apis/coordination.k8s.io/v1`. */
  readonly groupVersions: readonly string[]
  /** The v3 document of one group version. @throws Error when there is no such group version. */
  v3(groupVersion: string): OpenApiDocument
  /** The v2 document of all. */
  v2(): OpenApiDocument
}

export interface OpenApiOptions {
  readonly catalogue: Catalogue
  readonly schemas?: Schemas
  /** Default: the texts that set-up generated, if it did. */
  readonly describe?: Describe
  /** Default `v1.36.0+kubets`. */
  readonly version?: string
}

/** OpenAPI of a catalogue. Each document is made when it is first asked for, and kept. */
export function createOpenApi(options: OpenApiOptions): OpenApi {
  const { catalogue, schemas = builtinSchemas, describe = descriptions(), version = 'v1.36.0+kubets' } = options
  const byPath = Map.groupBy(catalogue.entries, entry =>
    entry.group === '' ? `api/${entry.version}` : `apis/${entry.group}/${entry.version}`,
  )
  const made = new Map<string, OpenApiDocument>()
  const remember = (key: string, make: () => object): OpenApiDocument => {
    const known = made.get(key)
    if (known !== undefined) return known
    const json = JSON.stringify(make())
    const document = { json, hash: createHash('sha512').update(json).digest('hex').toUpperCase() }
    made.set(key, document)
    return document
  }
  return {
    groupVersions: [...byPath.keys()].sort(),
    v3(groupVersion) {
      const entries = byPath.get(groupVersion)
      if (entries === undefined) throw new Error(`no group version ${groupVersion} is served`)
      return remember(groupVersion, () => documentV3({ entries, schemas, describe, version }))
    },
    v2: () => remember('', () => documentV2({ entries: catalogue.entries, schemas, describe, version })),
  }
}
