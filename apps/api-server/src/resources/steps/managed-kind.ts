import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  cloneJson,
  type FieldSet,
  type Json,
  type ManagedKind,
  onlyFields,
  plainError,
  recursiveDifference,
  setOfFields,
} from '@kubets/apimachinery'
import type { Rest } from '../rest.ts'
import { shownKind } from './shown-kind.ts'

/** Of each api-server's entries, for each of their endpoints ('' is the object itself). */
const made = new WeakMap<Rest, WeakMap<ResourceEntry, Map<string, ManagedKind>>>()

/** A kind as the ownership of fields sees it at one endpoint, with all versions that it is served in. */
export function managedKind(rest: Rest, entry: ResourceEntry, subresource: string): ManagedKind {
  let entries = made.get(rest)
  if (entries === undefined) {
    entries = new WeakMap()
    made.set(rest, entries)
  }
  let endpoints = entries.get(entry)
  if (endpoints === undefined) {
    endpoints = new Map()
    entries.set(entry, endpoints)
  }
  let kind = endpoints.get(subresource)
  if (kind === undefined) {
    kind = makeManagedKind(rest, entry, subresource)
    endpoints.set(subresource, kind)
  }
  return kind
}

function makeManagedKind(rest: Rest, entry: ResourceEntry, subresource: string): ManagedKind {
  const { catalogue, schemas } = rest
  const inVersion = (apiVersion: string): ResourceEntry | undefined => {
    const [first = '', second] = apiVersion.split('/')
    const [group, version] = second === undefined ? ['', first] : [first, second]
    return group === entry.group && version === entry.version ? entry : catalogue.byKind(group, version, entry.kind)
  }
  // what is only a view (Scale) has no strategy
  const strategy = entry.strategy as ResourceEntry['strategy'] | undefined
  const resetPaths = strategy?.resetFields?.(subresource) ?? usualResetFields(entry, subresource)
  const reset = setOfFields(resetPaths)
  const ownable = strategy?.ownableFields?.(subresource)
  return {
    view(apiVersion) {
      const found = inVersion(apiVersion)
      return found === undefined || !schemas.has(found.schema) ? undefined : schemas.get(found.schema).type
    },
    convert(object, from, to) {
      const [source, target] = [inVersion(from), inVersion(to)]
      if (source === undefined || target === undefined) return object
      const typed = typedCopy(rest, source, object)
      const { error } = schemas.get(source.schema).check(typed)
      if (error !== undefined)
        throw plainError(`unable to convert unstructured object to ${shownKind(from, entry.kind)}: ${error}`)
      // nothing is filled in: what has a default in one place would be another value there
      return rest.codec.fromHub(target, source.hub?.toHub(typed) ?? typed)
    },
    ignored: new Set(ownable === undefined ? resetPaths.filter(path => !path.includes('.')) : []),
    filtersNothingElse: ownable === undefined && resetPaths.every(path => !path.includes('.')),
    filter(set): FieldSet {
      return ownable === undefined ? recursiveDifference(set, reset) : onlyFields(set, ownable)
    },
  }
}

/** What most strategies take from the stored object. */
function usualResetFields(entry: ResourceEntry, subresource: string): readonly string[] {
  const subresources = entry.subresources as ResourceEntry['subresources'] | undefined
  if (subresource === 'status') return ['spec']
  return subresources?.status === undefined ? [] : ['status']
}

const copy = <T>(object: T): T => cloneJson(object as Json) as T

/** Conversions know no nulls, which objects as written may have, nor members that are undefined. */
function typedCopy({ schemas }: Rest, { schema }: ResourceEntry, object: object): KubeObject {
  const typed = copy(object) as KubeObject
  if (typed.metadata?.managedFields === undefined) delete typed.metadata?.managedFields
  schemas.get(schema).stripUnknown(typed)
  return typed
}

/** A stored object in a version's form. */
export const requestForm = (rest: Rest, entry: ResourceEntry, object: KubeObject): KubeObject =>
  entry.hub === undefined ? object : rest.codec.fromHub(entry, copy(object))
