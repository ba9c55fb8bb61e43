/**
 * Who owns which field, and server-side apply: pure functions over plain objects and a view of their type. The behaviour is that of
 * KEP-555, sigs.k8s.io/structured-merge-diff and k8s.io/apimachinery/pkg/util/managedfields.
 *
 * - {@link FieldSet}: a set of fields; {@link FieldsV1} is its wire form.
 * - {@link TypeView}: lists, maps and scalars of a schema. {@link ManagedKind}: a kind in all its versions.
 * - {@link trackUpdate}: the managers after a create, an update or a patch. {@link applyFromClientSide}: an apply.
 */
export { type Applied, type Apply, applyConfig } from './apply-config.ts'
export { compare } from './compare.ts'
export { ApplyConflicts, applyConflict } from './conflict.ts'
export { createdFieldsText } from './created-fields.ts'
export {
  difference,
  emptySet,
  type FieldSet,
  onlyFields,
  recursiveDifference,
  setOfFields,
  showSet,
  union,
} from './field-set.ts'
export { fieldSetOf } from './field-set-of.ts'
export { decodeFieldsV1, encodeFieldsV1, FieldsV1, fieldsV1Text } from './fields-v1.ts'
export {
  applyFromClientSide,
  applyStepsFromClientSide,
  keepLastApplied,
  lastAppliedAnnotation,
} from './last-applied.ts'
export { TypeMismatch } from './list-element.ts'
export { type ManagedKind, stripMeta } from './managed-kind.ts'
export { decodeManagers, encodeManagers, type ManagedFieldsEntry, sameManagers } from './managers.ts'
export { compareUtf8, fieldElement, type PathElement } from './path-element.ts'
export { RecentlyUsed } from './recently-used.ts'
export { managersAfterScale, type ReplicasPaths, scaleManagers } from './scale-managers.ts'
export { sortShort } from './sort-short.ts'
export { atOnce, type Steps } from './steps.ts'
export { type TrackedUpdate, trackUpdate, trackUpdateSteps } from './track-update.ts'
export {
  deduced,
  type FieldView,
  type ListView,
  type MapView,
  type ScalarView,
  type TypeView,
  untypedAtomic,
} from './type-view.ts'
export { validateConfig } from './validate-config.ts'
