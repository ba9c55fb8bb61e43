import { difference, type FieldSet, setOfFields } from './field-set.ts'
import type { TypeView } from './type-view.ts'

/** What ownership needs to know of one kind. Objects are plain JSON, in the form of one of its versions. */
export interface ManagedKind {
  /** The type in a version; undefined for versions that are not served any more, whose managers are forgotten. */
  view(apiVersion: string): TypeView | undefined
  /** An object in another version's form. May return its argument; never changes it. */
  convert(object: object, from: string, to: string): object
  /** Fields of the object itself that `filter` leaves nothing of: they need not be looked at. */
  readonly ignored?: ReadonlySet<string>
  /** `filter` takes away nothing else than what is `ignored`. */
  readonly filtersNothingElse?: boolean
  /** A set without what writers of this endpoint cannot own. */
  filter(set: FieldSet, apiVersion: string): FieldSet
}

/** What nobody owns: it is the system's, or says which object it is. */
const stripped = setOfFields([
  'apiVersion',
  'kind',
  'metadata',
  'metadata.name',
  'metadata.namespace',
  'metadata.creationTimestamp',
  'metadata.selfLink',
  'metadata.uid',
  'metadata.clusterName',
  'metadata.generation',
  'metadata.managedFields',
  'metadata.resourceVersion',
])

export const stripMeta = (set: FieldSet): FieldSet => difference(set, stripped)
