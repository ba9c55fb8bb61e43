import { type FieldError, field } from '@kubets/apimachinery'
import { followFieldPath } from '../../../field-path.ts'
import type { JsonSchema } from '../../../json-schema.ts'
import type { SelectableField } from '../../../types.ts'
import { maxSelectableFields } from './rules.ts'

const types = ['string', 'boolean', 'integer']
const typeText =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'

/** Fields that field selectors may name. */
export function validateSelectableFields(
  fields: readonly SelectableField[],
  schema: JsonSchema,
  path: string,
  tooManyAllowed: boolean,
): FieldError[] {
  const seen = new Set<string>()
  const errors = fields.flatMap(({ jsonPath = '' }, index) => {
    const at = `${path}[${index}].jsonPath`
    if (jsonPath === '') return [field.required(at)]
    const found = followFieldPath(jsonPath, schema, false)
    if (typeof found === 'string') return [field.invalid(at, jsonPath, `is an invalid path: ${found}`)]
    const wrong: FieldError[] = []
    if (found.steps[0] === 'metadata') {
      wrong.push(field.invalid(at, jsonPath, 'must not point to fields in metadata'))
    }
    if (!types.includes(found.schema?.type ?? '')) wrong.push(field.invalid(at, jsonPath, typeText))
    if (seen.has(found.text)) wrong.push(field.duplicate(at, jsonPath))
    seen.add(found.text)
    return wrong
  })
  if (seen.size > maxSelectableFields && !tooManyAllowed) {
    errors.push(field.tooMany(path, seen.size, maxSelectableFields))
  }
  return errors
}
