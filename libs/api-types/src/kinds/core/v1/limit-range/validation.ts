import { append, type FieldError, field, isQualifiedName, Quantity } from '@kubets/apimachinery'
import type { LimitRange, LimitRangeItem } from '../../../../wire.ts'
import { each } from '../pod/validation/checks.ts'
import { type ResourceList, validateContainerResourceName, validateResourceName } from '../resource/checks.ts'
import { isOvercommitAllowed } from '../resource/names.ts'

const types = ['Pod', 'Container', 'PersistentVolumeClaim']
const one = Quantity.of(1)
/** Above this, thousandths do not fit into 64 bits: whole numbers are compared. */
const maxMilli = 9223372036854775n

function validateType(type: string, path: string): FieldError[] {
  const errors = each(path, type, isQualifiedName(type))
  if (errors.length > 0 || type.includes('/') || types.includes(type)) return errors
  return [field.invalid(path, type, 'must be a standard limit type or fully qualified')]
}

export function validateLimits({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>()
  return (spec?.limits ?? []).flatMap((item, index) => {
    const at = `spec.limits[${index}]`
    const type = item.type ?? ''
    const errors = validateType(type, `${at}.type`)
    if (seen.has(type)) errors.push(field.duplicate(`${at}.type`, type))
    seen.add(type)
    return [...errors, ...validateItem(item, at)]
  })
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const { type, max, min, default: limit, defaultRequest, maxLimitRequestRatio: ratio } = item
  const ofPods = type === 'Pod' || type === 'Container'
  const names = (list: ResourceList | undefined, part: string): FieldError[] =>
    Object.keys(list ?? {}).flatMap(name => {
      const at = `${path}.${part}[${name}]`
      return ofPods ? validateContainerResourceName(name, at) : validateResourceName(name, at)
    })
  const errors = [...names(max, 'max'), ...names(min, 'min')]
  const text = "may not be specified when `type` is 'Pod'"
  const isPod = type === 'Pod'
  if (isPod) {
    if (Object.keys(limit ?? {}).length > 0) errors.push(field.forbidden(`${path}.default`, text))
    if (Object.keys(defaultRequest ?? {}).length > 0) errors.push(field.forbidden(`${path}.defaultRequest`, text))
  } else append(errors, names(limit, 'default'), names(defaultRequest, 'defaultRequest'))
  if (type === 'PersistentVolumeClaim' && min?.storage === undefined && max?.storage === undefined) {
    const why = 'either minimum or maximum storage value is required, but neither was provided'
    errors.push(field.required(`${path}.limits`, why))
  }
  append(errors, names(ratio, 'maxLimitRequestRatio'))
  const known = isPod ? { ...max, ...min, ...ratio } : { ...max, ...min, ...limit, ...defaultRequest, ...ratio }
  for (const name of Object.keys(known)) {
    const amount = (list: ResourceList | undefined) =>
      list !== undefined && Object.hasOwn(list, name) ? Quantity.parse(list[name] ?? '0') : undefined
    const amounts: Amounts = {
      max: amount(max),
      min: amount(min),
      limit: isPod ? undefined : amount(limit),
      request: isPod ? undefined : amount(defaultRequest),
      ratio: amount(ratio),
    }
    append(errors, validateAmounts(name, amounts, path))
  }
  return errors
}

interface Amounts {
  max: Quantity | undefined
  min: Quantity | undefined
  limit: Quantity | undefined
  request: Quantity | undefined
  ratio: Quantity | undefined
}

const exceeds = (a: Quantity | undefined, b: Quantity | undefined) =>
  a !== undefined && b !== undefined && a.compare(b) > 0

function validateAmounts(name: string, { max, min, limit, request, ratio }: Amounts, path: string): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (part: string, value: Quantity | undefined, text: string) =>
    errors.push(field.invalid(`${path}.${part}[${name}]`, String(value), text))
  if (exceeds(min, max)) refuse('min', min, `min value ${min} is greater than max value ${max}`)
  if (exceeds(min, request)) {
    refuse('defaultRequest', request, `min value ${min} is greater than default request value ${request}`)
  }
  if (exceeds(request, max)) {
    refuse('defaultRequest', request, `default request value ${request} is greater than max value ${max}`)
  }
  if (exceeds(request, limit)) {
    refuse('defaultRequest', request, `default request value ${request} is greater than default limit value ${limit}`)
  }
  if (exceeds(min, limit)) refuse('default', min, `min value ${min} is greater than default value ${limit}`)
  if (exceeds(limit, max)) refuse('default', max, `default value ${limit} is greater than max value ${max}`)
  if (exceeds(one, ratio)) refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`)
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = widestRatio(ratio, min, max)
    if (ratioValue(ratio, min, max) > most) {
      refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${fixed(most)}`)
    }
  }
  if (!isOvercommitAllowed(name) && limit !== undefined && request !== undefined && limit.compare(request) !== 0) {
    refuse('defaultRequest', request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`)
  }
  return errors
}

const fine = (...values: readonly Quantity[]) => values.every(value => value.asInt() < maxMilli)

const ratioValue = (ratio: Quantity, min: Quantity, max: Quantity) =>
  fine(ratio, min, max) ? Number(ratio.toMilli()) / 1000 : Number(ratio.asInt())

function widestRatio(ratio: Quantity, min: Quantity, max: Quantity): number {
  return fine(ratio, min, max)
    ? Number(max.toMilli()) / Number(min.toMilli())
    : Number(max.asInt()) / Number(min.asInt())
}

/** Go's `%f`. */
const fixed = (value: number) => (Number.isFinite(value) ? value.toFixed(6) : value > 0 ? '+Inf' : 'NaN')
