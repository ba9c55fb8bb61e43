import { type FieldError, field } from '@kubets/apimachinery'
import type { CustomResourceDefinition } from '../../../types.ts'

/** Versions that the store may hold: the one that is written is among them, and all of them are still there. */
export function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const path = 'status.storedVersions'
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) return [field.invalid(path, null, 'must have at least one stored version')]
  const versions = spec?.versions ?? []
  const rest = new Set(stored)
  const errors: FieldError[] = []
  for (const { name = '', storage } of versions) {
    // a name that is there twice is found once
    if (!rest.delete(name) && storage) {
      errors.push(field.invalid(path, stored, `must have the storage version ${name}`))
    }
  }
  stored.forEach((name, index) => {
    if (!rest.has(name) || stored.lastIndexOf(name) !== index) return
    const text = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
    errors.push(field.invalid(`${path}[${index}]`, name, text))
  })
  return errors
}
