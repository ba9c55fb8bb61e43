import { type FieldError, field, goQuote } from '@kubets/apimachinery'
import { goRegexpError, matchesGoRegexp } from '../../validation/go-regexp.ts'
import { additionalSchema, itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'
import { normalFormat, stringFormats } from './formats.ts'
import { isInteger } from './go-number.ts'
import {
  addError,
  invalidValue,
  merge,
  newResult,
  type SchemaError,
  type SchemaResult,
  wholeValue,
} from './schema-result.ts'
import { validateNumber } from './validate-number.ts'

/** A value against its schema, in the words of upstream's OpenAPI validator. For structural schemas. */
export function validateValue(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  return check(schema, value, '').errors.map(error => {
    const place = error.place?.replace(/^\./, '') ?? ''
    return error.at(place === '' ? path : `${path}.${place}`)
  })
}

function check(schema: JsonSchema, value: unknown, place: string): SchemaResult {
  const result = newResult()
  const run = (part: SchemaResult) => {
    merge(result, part)
    result.matches++
  }
  if (value === null || value === undefined) {
    merge(result, checkType(schema, value, place))
    merge(result, checkEnum(schema, value, place))
    return result
  }
  if (schema.type || schema.format) run(checkType(schema, value, place))
  run(checkJunctors(schema, value, place))
  if (typeof value === 'string') {
    run(checkString(schema, value, place))
    const known = stringFormats.get(normalFormat(schema.format ?? ''))
    if (known !== undefined) run(only(known(value) ? undefined : wrongType(place, schema.format ?? '', value)))
  }
  if (typeof value === 'number' || typeof value === 'bigint') run(validateNumber(schema, value, place))
  if (Array.isArray(value)) run(checkItems(schema, value, place))
  run(checkEnum(schema, value, place))
  if (typeof value === 'object' && !Array.isArray(value)) {
    run(checkObject(schema, value as Record<string, unknown>, place))
  }
  result.matches++
  return result
}

const only = (error: SchemaError | undefined, matches = 0): SchemaResult => ({
  errors: error === undefined ? [] : [error],
  matches: error === undefined ? matches : 0,
})

function wrongType(place: string, wanted: string, got: string): SchemaError {
  const message = `${place} in body must be of type ${wanted}: ${goQuote(got)}`
  return { message, place, at: path => field.typeInvalid(path, got, message) }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (isInteger(value)) return 'integer'
  return typeof value === 'bigint' ? 'number' : typeof value
}

function checkType({ type = '', nullable, format = '' }: JsonSchema, value: unknown, place: string): SchemaResult {
  if (value === null || value === undefined) {
    return only(type && type !== 'null' && !nullable ? wrongType(place, type, 'null') : undefined, 1)
  }
  const got = typeOf(value)
  const fits = type === got || (got === 'integer' && type === 'number')
  const text = got === 'string' || got === 'array'
  if (!text && format !== '' && !fits) {
    const own = got === 'integer' ? 'int64' : got === 'number' ? 'float64' : ''
    return only(own === format ? undefined : wrongType(place, format, own), 1)
  }
  if (text && format !== '' && type !== 'number' && type !== 'integer') return only(undefined, 1)
  return only(fits ? undefined : wrongType(place, type, got), 1)
}

function checkString(schema: JsonSchema, value: string, place: string): SchemaResult {
  const { maxLength, minLength, pattern } = schema
  // counted in code points
  const length = [...value].length
  if (typeof maxLength === 'number' && length > maxLength) {
    const message = `${place} in body should be at most ${maxLength} chars long`
    return only({ message, place, at: path => field.tooLong(path, maxLength) })
  }
  if (typeof minLength === 'number' && length < minLength) {
    return only(invalidValue(place, value, `should be at least ${minLength} chars long`))
  }
  if (!pattern || matchesGoRegexp(pattern, value)) return only(undefined)
  const wrong = goRegexpError(pattern)
  const shown = wrong === undefined ? pattern : `${pattern}, but pattern is invalid: ${wrong}`
  return only(invalidValue(place, value, `should match '${shown}'`))
}

function checkItems(schema: JsonSchema, value: readonly unknown[], place: string): SchemaResult {
  const result = newResult()
  const items = itemSchema(schema)
  if (items) {
    value.forEach((item, index) => {
      merge(result, check(items, item, `${place}[${index}]`))
    })
  }
  const { minItems, maxItems } = schema
  if (typeof minItems === 'number' && value.length < minItems) {
    addError(result, invalidValue(place, value.length, `should have at least ${minItems} items`))
  }
  if (typeof maxItems === 'number' && value.length > maxItems) {
    const message = `${place} in body should have at most ${maxItems} items`
    addError(result, { message, place, at: path => field.tooMany(path, value.length, maxItems) })
  }
  result.matches++
  return result
}

function checkEnum(schema: JsonSchema, value: unknown, place: string): SchemaResult {
  const values = schema.enum ?? []
  if (values.length === 0) return only(undefined)
  const wanted = canonical(value)
  if (value !== null && value !== undefined && values.some(one => canonical(one) === wanted)) return only(undefined)
  const shown = values.map(one => (typeof one === 'string' ? one : JSON.stringify(one)))
  const message = `${place} in body should be one of [${shown.join(' ')}]`
  return only({ message, place, at: path => field.notSupported(path, value, shown) })
}

/** One text for equal values. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}` : JSON.stringify(value)
  return `{${sortedEntries(value as Record<string, unknown>)
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join()}}`
}

function checkObject(schema: JsonSchema, value: Readonly<Record<string, unknown>>, place: string): SchemaResult {
  const result = newResult()
  const entries = sortedEntries(value)
  const { minProperties, maxProperties } = schema
  if (typeof minProperties === 'number' && entries.length < minProperties) {
    addError(result, invalidValue(place, entries.length, `should have at least ${minProperties} properties`))
  }
  if (typeof maxProperties === 'number' && entries.length > maxProperties) {
    const message = `${place} in body should have at most ${maxProperties} properties`
    addError(result, { message, place, at: path => field.tooMany(path, entries.length, maxProperties) })
  }
  const properties = schema.properties ?? {}
  const additional = additionalSchema(schema)
  for (const [key, item] of entries) {
    if (Object.hasOwn(properties, key)) continue
    if (additional) merge(result, check(additional, item, `${place}.${key}`))
    else if (schema.additionalProperties === false) {
      const message = `${place}.${key} in body is a forbidden property`
      addError(result, { message, place, at: path => field.invalid(path, key, message) })
    }
  }
  for (const [name, property] of sortedEntries(properties)) {
    if (!Object.hasOwn(value, name)) continue
    merge(result, check(property, value[name], place === '' ? name : `${place}.${name}`))
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue
    const at = `${place}.${name}`
    addError(result, { message: `${at} in body is required`, place: at, at: path => field.required(path) })
  }
  return result
}

function checkJunctors(schema: JsonSchema, value: unknown, place: string): SchemaResult {
  const result = newResult()
  const told = (rest: string) => addError(result, wholeValue(`${goQuote(place)} must ${rest}`))
  const results = (list: readonly JsonSchema[] | undefined) => (list ?? []).map(nested => check(nested, value, place))
  const valid = ({ errors }: SchemaResult) => errors.length === 0
  const closest = (list: readonly SchemaResult[]) =>
    list.reduce<SchemaResult | undefined>((best, one) => (best && best.matches >= one.matches ? best : one), undefined)

  const any = results(schema.anyOf)
  if (any.length > 0) {
    const first = any.find(valid)
    if (first === undefined) told('validate at least one schema (anyOf)')
    merge(result, first ?? closest(any) ?? newResult())
  }
  const one = results(schema.oneOf)
  if (one.length > 0) {
    const fitting = one.filter(valid)
    if (fitting.length !== 1) {
      const found = fitting.length === 0 ? 'Found none valid' : `Found ${fitting.length} valid alternatives`
      told(`validate one and only one schema (oneOf). ${found}`)
      if (fitting.length === 0) merge(result, closest(one) ?? newResult())
    } else merge(result, fitting[0] ?? newResult())
  }
  const all = results(schema.allOf)
  for (const each of all) merge(result, each)
  if (!all.every(valid)) told(`validate all the schemas (allOf)${all.some(valid) ? '' : '. None validated'}`)
  if (schema.not && valid(check(schema.not, value, place))) told('not validate the schema (not)')
  result.matches++
  return result
}
