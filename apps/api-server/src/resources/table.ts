import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import type { Codec } from './codec.ts'
import { partialMetadata } from './partial-metadata.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** `?includeObject=`: what each row of a Table carries of its object. Default Metadata. */
export function includeObject(query: URLSearchParams): IncludeObject {
  const text = query.size === 0 ? null : query.get('includeObject')
  if (text === null || text === '') return 'Metadata'
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}

export interface ListMeta {
  /** Absent where nothing was stored (the answer to a dry run). */
  resourceVersion?: string
  continue?: string
  remainingItemCount?: number
}

/** A `meta.k8s.io` Table: what `kubectl get` prints. */
export function table(
  codec: Codec,
  entry: ResourceEntry,
  version: string,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  include: IncludeObject,
  now: number,
) {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columnDefinitions(entry),
    rows: objects.map(object => tableRow(codec, entry, version, object, include, now)),
  }
}

export function columnDefinitions(entry: ResourceEntry) {
  return entry.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? '',
    description,
    priority,
  }))
}

/** One row of an object of the stored version: cells are made of it, whatever version is asked for. */
export function tableRow(
  codec: Codec,
  entry: ResourceEntry,
  version: string,
  object: KubeObject,
  include: IncludeObject,
  now: number,
) {
  const cells = entry.cells(object, now)
  const conditions = entry.rowConditions?.(object) ?? []
  const row = conditions.length === 0 ? { cells } : { cells, conditions }
  if (include === 'None') return { ...row, object: null }
  return {
    ...row,
    object: include === 'Object' ? codec.fromHub(entry, object) : partialMetadata(entry, object, version),
  }
}
