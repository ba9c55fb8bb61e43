import { append } from '../append.ts'
import { listElement, TypeMismatch } from './list-element.ts'
import { indexElement, showElement } from './path-element.ts'
import { formOf, isMap, type ListView, type MapView, type ScalarView, type TypeView } from './type-view.ts'

/** Checks that a configuration, as written, fits its type. @throws TypeMismatch with all that does not, in upstream's words. */
export function validateConfig(type: TypeView, value: unknown): void {
  const errors = check(type, value)
  if (errors.length === 1) throw new TypeMismatch(errors[0])
  if (errors.length > 1) throw new TypeMismatch(`errors:\n${errors.map(error => `  ${error}`).join('\n')}`)
}

const under = (prefix: string, errors: readonly string[]): string[] =>
  errors.map(error => (error.startsWith('.') || error.startsWith('[') ? prefix + error : `${prefix}: ${error}`))

function check(type: TypeView, value: unknown): string[] {
  switch (formOf(type, value)) {
    case 'map': {
      if (value === null) return []
      if (!isMap(value)) return [`expected map, got ${shown(value)}`]
      return checkMembers(type.map as MapView, value)
    }
    case 'list': {
      if (value === null) return []
      if (!Array.isArray(value)) return [`expected list, got ${shown(value)}`]
      return checkItems(type.list as ListView, value)
    }
    default:
      return value === null ? [] : checkScalar(type.scalar as ScalarView, value)
  }
}

function checkMembers(map: MapView, value: Record<string, unknown>): string[] {
  const errors: string[] = []
  for (const key of Object.keys(value)) {
    const type = map.field(key)?.type ?? map.item
    if (type === undefined) return [...errors, `.${key}: field not declared in schema`]
    append(errors, under(`.${key}`, check(type, value[key])))
  }
  return errors
}

function checkItems(list: ListView, items: readonly unknown[]): string[] {
  const errors: string[] = []
  const seen = new Set<string>()
  for (let i = 0; i < items.length; i++) {
    let element = indexElement(i)
    if (!list.atomic) {
      try {
        element = listElement(list, items[i], 'written')
      } catch (error) {
        return [...errors, `element ${i}: ${(error as Error).message}`]
      }
      if (seen.has(element.text)) errors.push(`duplicate entries for key ${showElement(element)}`)
      seen.add(element.text)
    }
    append(errors, under(showElement(element), check(list.item, items[i])))
  }
  return errors
}

function checkScalar(scalar: ScalarView, value: unknown): string[] {
  switch (scalar.kind) {
    case 'numeric':
      return typeof value === 'number' || typeof value === 'bigint'
        ? []
        : [`expected numeric (int or float), got ${goType(value)}`]
    case 'string':
      return typeof value === 'string' ? [] : [`expected string, got ${structShown(value)}`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`expected boolean, got ${shown(value)}`]
    default:
      return typeof value === 'object' ? [`expected any scalar, got ${shown(value)}`] : []
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

/** How Go prints the wrapper that upstream has around a value (`%v`, `%#v`). */
const structShown = (value: unknown): string => `&value.valueUnstructured{Value:${goSyntax(value)}}`

function goSyntax(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isMap(value))
    return `map[string]interface {}{${Object.keys(value)
      .sort()
      .map(key => `${JSON.stringify(key)}:${goSyntax(value[key])}`)
      .join(', ')}}`
  return String(value)
}

/** Go's `%v` of the wrapper. */
const shown = (value: unknown): string => `&{${goPlain(value)}}`

function goPlain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goPlain).join(' ')}]`
  if (isMap(value))
    return `map[${Object.keys(value)
      .sort()
      .map(key => `${key}:${goPlain(value[key])}`)
      .join(' ')}]`
  return value === null ? '<nil>' : String(value)
}
