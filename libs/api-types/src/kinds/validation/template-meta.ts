import { type FieldError, field, validateAnnotations, validateLabels } from '@kubets/apimachinery'
import type { ObjectMeta } from '../../wire.ts'

/** What only objects have, in upstream's order and spelling. */
const notInTemplates = [
  ['name', 'name'],
  ['generateName', 'generateName'],
  ['namespace', 'namespace'],
  ['selfLink', 'selfLink'],
  ['uid', 'uID'],
  ['resourceVersion', 'resourceVersion'],
  ['generation', 'generation'],
  ['creationTimestamp', 'creationTimestamp'],
  ['deletionTimestamp', 'deletionTimestamp'],
  ['deletionGracePeriodSeconds', 'deletionGracePeriodSeconds'],
  ['ownerReferences', 'ownerReferences'],
  ['finalizers', 'finalizers'],
  ['managedFields', 'managedFields'],
] as const satisfies readonly (readonly [keyof ObjectMeta, string])[]

/** Metadata that a template gives to what is made from it: labels and annotations, nothing else. */
export function validateTemplateMeta(meta: ObjectMeta | undefined, path: string): FieldError[] {
  if (meta === undefined) return []
  const errors = [
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateLabels(meta.labels, `${path}.labels`),
  ]
  for (const [name, shown] of notInTemplates) {
    const value = meta[name]
    if (value) errors.push(field.forbidden(`${path}.${shown}`, 'cannot be set'))
  }
  return errors
}
