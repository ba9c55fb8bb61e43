import { type FieldError, field } from '@kubets/apimachinery'
import { validateList } from './collections.ts'
import { validateLabelKey } from './names.ts'

const maxConditions = 4

/** What a binding waits for, and what ends the wait: both or none, nothing twice. */
export function validateBindingConditions(
  {
    bindingConditions,
    bindingFailureConditions,
  }: { bindingConditions?: string[]; bindingFailureConditions?: string[] },
  path: string,
): FieldError[] {
  const [ready, failed] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`]
  const [good, bad] = [bindingConditions ?? [], bindingFailureConditions ?? []]
  const errors = [
    ...validateList(good, maxConditions, ready, validateLabelKey),
    ...validateList(bad, maxConditions, failed, validateLabelKey),
  ]
  good.forEach((name, i) => {
    if (good.indexOf(name) < i) errors.push(field.duplicate(`${ready}[${i}]`, name))
  })
  bad.forEach((name, i) => {
    if (bad.indexOf(name) < i) errors.push(field.duplicate(`${failed}[${i}]`, name))
    if (good.includes(name)) {
      const text = 'bindingFailureConditions must not overlap with bindingConditions'
      errors.push(field.invalid(`${failed}[${i}]`, name, text))
    }
  })
  if (good.length === 0 && bad.length > 0) {
    const text = 'bindingConditions are required to use bindingFailureConditions'
    errors.push(field.invalid(ready, bindingConditions ?? null, text))
  }
  if (bad.length === 0 && good.length > 0) {
    const text = 'bindingFailureConditions are required to use bindingConditions'
    errors.push(field.invalid(failed, bindingFailureConditions ?? null, text))
  }
  return errors
}
