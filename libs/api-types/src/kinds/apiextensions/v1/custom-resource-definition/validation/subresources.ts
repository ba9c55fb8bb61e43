import { type FieldError, field } from '@kubets/apimachinery'
import type { Subresources } from '../../../types.ts'
import { validateSimpleJsonPath } from './simple-json-path.ts'

/** Where `/scale` finds its numbers. */
export function validateSubresources(subresources: Subresources | null | undefined, parent: string): FieldError[] {
  const { scale } = subresources ?? {}
  if (!scale) return []
  const path = `${parent}.scale`
  const errors = [
    ...validatePath(scale.specReplicasPath, `${path}.specReplicasPath`, ['spec'], '.spec'),
    ...validatePath(scale.statusReplicasPath, `${path}.statusReplicasPath`, ['status'], '.status'),
  ]
  if (!scale.labelSelectorPath) return errors
  const where = 'either .spec or .status'
  return [...errors, ...validatePath(scale.labelSelectorPath, `${path}.labelSelectorPath`, ['spec', 'status'], where)]
}

function validatePath(value: string | undefined, at: string, under: readonly string[], where: string): FieldError[] {
  if (!value) return [field.required(at)]
  const wrong = validateSimpleJsonPath(value, at)
  if (wrong.length > 0 || under.some(part => value.startsWith(`.${part}.`))) return wrong
  return [field.invalid(at, value, `should be a json path under ${where}`)]
}
