import type { Catalogue, KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import {
  cloneJson,
  type FieldSet,
  type Json,
  type ManagedKind,
  onlyFields,
  recursiveDifference,
  setOfFields,
} from '@kubets/apimachinery'

/** Of an entry, for each of its endpoints ('' is the object itself). */
const made = new WeakMap<ResourceEntry, Map<string, ManagedKind>>()

/** A kind as the ownership of fields sees it at one endpoint, with all versions that it is served in. */
export function managedKind(
  catalogue: Catalogue,
  schemas: Schemas,
  entry: ResourceEntry,
  subresource: string,
): ManagedKind {
  let endpoints = made.get(entry)
  if (endpoints === undefined) {
    endpoints = new Map()
    made.set(entry, endpoints)
  }
  let kind = endpoints.get(subresource)
  if (kind === undefined) {
    kind = makeManagedKind(catalogue, schemas, entry, subresource)
    endpoints.set(subresource, kind)
  }
  return kind
}

function makeManagedKind(
  catalogue: Catalogue,
  schemas: Schemas,
  entry: ResourceEntry,
  subresource: string,
): ManagedKind {
  const inVersion = (apiVersion: string): ResourceEntry | undefined => {
    const [first = '', second] = apiVersion.split('/')
    const [group, version] = second === undefined ? ['', first] : [first, second]
    return group === entry.group && version === entry.version ? entry : catalogue.byKind(group, version, entry.kind)
  }
  const { resetFields, ownableFields } = entry.strategy
  const resetPaths = resetFields?.(subresource) ?? usualResetFields(entry, subresource)
  const reset = setOfFields(resetPaths)
  const ownable = ownableFields?.(subresource)
  return {
    view(apiVersion) {
      const found = inVersion(apiVersion)
      return found === undefined || !schemas.has(found.schema) ? undefined : schemas.get(found.schema).type
    },
    convert(object, from, to) {
      const [source, target] = [inVersion(from), inVersion(to)]
      const hub = source === undefined ? object : hubForm(source, object as KubeObject)
      return target === undefined ? hub : requestForm(target, hub as KubeObject)
    },
    ignored: new Set(ownable === undefined ? resetPaths.filter(path => !path.includes('.')) : []),
    filter(set): FieldSet {
      return ownable === undefined ? recursiveDifference(set, reset) : onlyFields(set, ownable)
    },
  }
}

/** What most strategies take from the stored object. */
function usualResetFields({ subresources }: ResourceEntry, subresource: string): readonly string[] {
  if (subresource === '') return subresources.status === undefined ? [] : ['status']
  return subresource === 'status' ? ['spec'] : []
}

const copy = <T>(object: T): T => cloneJson(object as Json) as T

/** A version's object in the form that is stored; conversions may change what they are given. */
export const hubForm = (entry: ResourceEntry, object: KubeObject): KubeObject =>
  entry.hub === undefined ? object : entry.hub.toHub(copy(object))

/** A stored object in a version's form. */
export const requestForm = (entry: ResourceEntry, object: KubeObject): KubeObject =>
  entry.hub === undefined ? object : entry.hub.fromHub(copy(object))

export const apiVersionOf = ({ group, version }: Pick<ResourceEntry, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`
