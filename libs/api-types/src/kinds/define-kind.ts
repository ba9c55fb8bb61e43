import { ageSince } from '@kubets/apimachinery'
import type { Hub, PrinterColumn, ResourceEntry, Strategy, SubresourceEntry, Verb } from '../catalogue/contract.ts'
import type { KubeObject } from '../wire.ts'

/** All verbs of a stored kind. */
export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

type Given<T extends KubeObject> = Pick<ResourceEntry<T>, 'group' | 'version' | 'kind' | 'resource' | 'strategy'> &
  Partial<Omit<ResourceEntry<T>, 'selectableFields'>> & {
    /** Fields beyond name and namespace. */
    readonly moreFields?: (object: T) => Record<string, string>
  }

/** Makes an entry; what upstream does for most kinds is the default. */
export function defineKind<T extends KubeObject>(given: Given<T>): ResourceEntry<T> {
  const { group, version, kind, resource, namespaced = true, moreFields, ...rest } = given
  const schemaGroup = group === '' ? 'core' : (group.split('.')[0] ?? group)
  return {
    group,
    version,
    kind,
    resource,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced,
    verbs: allVerbs,
    storagePrefix: `/registry/${resource}/`,
    stored: true,
    subresources: {},
    enabledByDefault: !/alpha|beta/.test(version),
    deleteReturnsObject: false,
    defaultPropagation: 'Background',
    schema: `io.k8s.api.${schemaGroup}.${version}.${kind}`,
    applyDefaults: () => {},
    columns: [nameColumn, ageColumn],
    cells: (object, now) => [object.metadata?.name ?? '', age(object, now)],
    // copied first, which is the fast way: members that follow others are copied one by one
    selectableFields: namespaced
      ? object => ({
          ...moreFields?.(object),
          'metadata.name': object.metadata?.name ?? '',
          'metadata.namespace': object.metadata?.namespace ?? '',
        })
      : object => ({ ...moreFields?.(object), 'metadata.name': object.metadata?.name ?? '' }),
    ...rest,
  }
}

/** A version of a kind that is stored in another one: only what differs from the hub is given. Rules, columns and fields are the hub's. */
export function servedAs<H extends KubeObject, T extends KubeObject = H>(
  hubEntry: ResourceEntry<H>,
  version: string,
  differs: Partial<
    Pick<
      ResourceEntry<T>,
      | 'group'
      | 'kind'
      | 'applyDefaults'
      | 'schema'
      | 'enabledByDefault'
      | 'deprecation'
      | 'fieldLabels'
      | 'unsupportedFieldLabel'
      | 'shortNames'
    >
  > &
    Partial<Pick<Hub<T>, 'toHub' | 'fromHub'>> = {},
): ResourceEntry<T> {
  const { toHub = same, fromHub = same, ...rest } = differs
  // outside of its folder a kind is any object
  const hub = hubEntry as unknown as ResourceEntry
  const { deprecation: _, ...inherited } = hub as unknown as ResourceEntry<T>
  return {
    ...inherited,
    version,
    enabledByDefault: !/alpha|beta/.test(version),
    schema: hub.schema.replace(`.${hub.version}.`, `.${version}.`),
    subresources: Object.fromEntries(
      Object.entries(hub.subresources).map(([name, sub]) => [
        name,
        sub.kind === hub.kind && sub.group === hub.group ? { ...sub, version } : sub,
      ]),
    ),
    ...rest,
    hub: { entry: hub, toHub, fromHub } as Hub<T>,
  }
}

/** Versions of one form: apiVersion apart, nothing differs. */
const same = (object: KubeObject) => object as never

/** The AGE cell. */
export const age = (object: KubeObject, now: number): string => ageSince(object.metadata?.creationTimestamp, now)

export const column = (
  name: string,
  description: string,
  more: Partial<Pick<PrinterColumn, 'type' | 'format' | 'priority'>> = {},
): PrinterColumn => ({ name, type: 'string', description, priority: 0, ...more })

export const nameColumn = column('Name', 'Name of the object, unique within its namespace.', { format: 'name' })
export const ageColumn = column('Age', 'Time since the object was created.')

/** A subresource whose body is the parent kind. */
export const own = (kind: string, verbs: readonly Verb[], group = '', version = 'v1'): SubresourceEntry => ({
  group,
  version,
  kind,
  verbs,
})

/** `/status` and its like: read, patch, replace. */
export const readWrite: readonly Verb[] = ['get', 'patch', 'update']
/** `/proxy`: any method. */
export const connectAny: readonly Verb[] = ['create', 'delete', 'get', 'patch', 'update']

/** Takes a part over from the stored object, also when it is unset there. */
export function keep<T extends object, K extends keyof T>(object: T, old: T, key: K): void {
  if (old[key] === undefined) delete object[key]
  else object[key] = old[key]
}

/** A strategy that changes nothing and checks nothing; kinds override what they have. */
export const plainStrategy: Strategy<KubeObject> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: () => [],
  validateUpdate: () => [],
}
