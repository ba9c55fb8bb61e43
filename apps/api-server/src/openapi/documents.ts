import { createHash } from 'node:crypto'
import type { Catalogue, ResourceEntry, Schemas } from '@kubets/api-types'
import { versionInfo } from '../outer/version.ts'
import { componentSchemas, type Json } from './component-schemas.ts'
import { pathsOf } from './paths.ts'

export interface OpenApiDocument {
  readonly json: string
  /** Changes with the text. */
  readonly hash: string
}

/** What the server serves, in OpenAPI; documents are made at first use and kept. */
export interface OpenApiSource {
  /** Group versions as paths: `api/v1`, `apis/coordination.k8s.io/v1`. */
  readonly groupVersions: readonly string[]
  v3(groupVersion: string): OpenApiDocument
  /** All of them in one document. */
  v2(): OpenApiDocument
}

const info = { title: 'Kubernetes', version: versionInfo.gitVersion }

export function openApiSource(schemas: Schemas, catalogue: Catalogue): OpenApiSource {
  const byGroupVersion = new Map<string, ResourceEntry[]>()
  for (const entry of catalogue.entries) {
    const path = entry.group === '' ? `api/${entry.version}` : `apis/${entry.group}/${entry.version}`
    byGroupVersion.set(path, [...(byGroupVersion.get(path) ?? []), entry])
  }
  const documents = new Map<string, OpenApiDocument>()
  const remembered = (key: string, make: () => Json): OpenApiDocument => {
    let known = documents.get(key)
    if (known === undefined) {
      const json = JSON.stringify(make())
      known = { json, hash: createHash('sha512').update(json).digest('hex').toUpperCase() }
      documents.set(key, known)
    }
    return known
  }
  const roots = (entries: readonly ResourceEntry[]) =>
    entries.flatMap(e => (e.stored ? [e.schema, `${e.schema}List`] : [e.schema]))
  return {
    groupVersions: [...byGroupVersion.keys()],
    v3: groupVersion =>
      remembered(groupVersion, () => {
        const entries = byGroupVersion.get(groupVersion) ?? []
        const refs = '#/components/schemas/'
        return {
          openapi: '3.0.0',
          info,
          paths: pathsOf(entries, refs),
          components: { schemas: componentSchemas(schemas, catalogue, roots(entries), refs) },
        }
      }),
    v2: () =>
      remembered('v2', () => ({
        swagger: '2.0',
        info,
        paths: {},
        definitions: componentSchemas(schemas, catalogue, roots(catalogue.entries), '#/definitions/'),
      })),
  }
}
