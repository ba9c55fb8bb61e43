import { append, type FieldError, field, Quantity } from '@kubets/apimachinery'
import type { Device } from '../../types.ts'
import { validateSet } from '../../validation/collections.ts'

type Capacity = NonNullable<Device['capacity']>[string]
type Policy = NonNullable<Capacity['requestPolicy']>
type Range = NonNullable<Policy['validRange']>

const maxOptions = 10
const quantity = (text: string | undefined) => Quantity.parse(text ?? '0')

/** How much of a capacity one request may take: one of some values, or a range. */
export function validateRequestPolicy({ value, requestPolicy }: Capacity, path: string): FieldError[] {
  const { validValues = [], validRange } = requestPolicy ?? {}
  // stored as null when there is none
  const preset = requestPolicy?.default ?? undefined
  const whole = quantity(value)
  if (validValues.length > 0 && validRange !== undefined) {
    const text = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'
    return [field.forbidden(path, text)]
  }
  if (validValues.length > 0) {
    if (preset === undefined) return [field.required(`${path}.default`, 'required when validValues is defined')]
    return validateOptions(validValues.map(quantity), quantity(preset), whole, `${path}.validValues`)
  }
  if (validRange === undefined) return []
  if (preset === undefined) return [field.required(`${path}.default`, 'required when validRange is defined')]
  return validateRange(validRange, quantity(preset), whole, `${path}.validRange`)
}

function validateOptions(options: readonly Quantity[], preset: Quantity, whole: Quantity, path: string): FieldError[] {
  const errors: FieldError[] = []
  options.forEach((option, i) => {
    const before = options[i - 1]
    if (before !== undefined && before.compare(option) > 0) {
      errors.push(field.invalid(`${path}[${i}]`, option.toString(), 'values must be sorted in ascending order'))
    }
  })
  const larger = (option: Quantity, at: string) =>
    option.compare(whole) > 0
      ? [field.invalid(at, option.toString(), `option is larger than capacity value: ${whole}`)]
      : []
  append(errors, validateSet(options, maxOptions, path, larger, rounded))
  // with too many options none is looked at
  const known = options.length <= maxOptions && options.some(option => option.compare(preset) === 0)
  if (!known) {
    const text = 'default value is not valid according to the requestPolicy'
    errors.push(field.invalid(path, preset.toString(), text))
  }
  return errors
}

/** Whole numbers, as upstream compares and steps. */
const rounded = (value: Quantity): string => value.asInt().toString()

function validateRange({ min, max, step }: Range, preset: Quantity, whole: Quantity, path: string): FieldError[] {
  if (min === undefined) return [field.required(`${path}.min`, 'required when validRange is defined')]
  const least = quantity(min)
  const errors: FieldError[] = []
  const refuse = (part: string, value: Quantity, text: string) =>
    errors.push(field.invalid(`${path}.${part}`, value.toString(), text))
  if (least.compare(whole) > 0) refuse('min', least, `min is larger than capacity value: ${whole}`)
  if (preset.compare(least) < 0) refuse('min', preset, `default is less than min: ${least}`)
  const most = max === undefined ? undefined : quantity(max)
  if (most !== undefined) {
    if (least.compare(most) > 0) refuse('max', least, `min is larger than max: ${most}`)
    if (most.compare(whole) > 0) refuse('max', most, `max is larger than capacity value: ${whole}`)
    if (preset.compare(most) > 0) refuse('max', preset, `default is more than max: ${most}`)
  }
  if (step === undefined) return errors
  const by = quantity(step)
  const one = least.add(by)
  if (one.compare(whole) > 0) refuse('step', by, `one step ${one} is larger than capacity value: ${whole}`)
  for (const value of most === undefined ? [preset] : [preset, most]) {
    // a step of nothing fits nowhere
    const stride = by.asInt()
    if (stride === 0n || (value.asInt() - least.asInt()) % stride !== 0n) {
      refuse('step', value, `value is not a multiple of a given step (${by}) from (${least})`)
    }
  }
  return errors
}
