import { countMembers } from '@kubets/apimachinery'
import type { FieldType, Message, Scalar } from './message.ts'
import { jsonTypeName, scalarProblem } from './scalars.ts'

/** What a check found. */
export interface SchemaReport {
  /** Members of all objects. Fewer than the text had means that one was written twice. */
  members: number
  /** Paths of fields that the schema does not have: `spec.containers[0].imge`. */
  unknown: string[]
  /** The first value of a wrong type, in the words of Go's decoder. */
  error: string | undefined
  /** There are nulls, which mean "not set": see `stripUnknown`. */
  nulls: boolean
}

/** Paths of unknown fields have it, Go's of wrong types do not. */
interface MapKey {
  readonly key: string
}

/** Go's paths of wrong types have it, others do not. */
interface Embedded {
  readonly structs: string
}

/** Carries a walk's position. Paths are built only when there is something to say. */
class Walk implements SchemaReport {
  members = 0
  unknown: string[] = []
  error: string | undefined = undefined
  nulls = false
  readonly path: (string | number | MapKey | Embedded)[] = []

  /** `spec.containers[0].foo` */
  at(last: string): string {
    let text = ''
    for (const part of this.path) {
      if (typeof part === 'number') text += `[${part}]`
      else {
        const name = typeof part === 'string' ? part : 'key' in part ? part.key : undefined
        if (name !== undefined) text += `${text === '' ? '' : '.'}${name}`
      }
    }
    return text === '' ? last : `${text}.${last}`
  }

  /** The first thing of a wrong type; `struct` is the innermost message. */
  mismatch(found: string, struct: string, go: string): void {
    if (this.error !== undefined) return
    const names = this.path.map(part => (typeof part === 'object' && 'structs' in part ? part.structs : part))
    const fields = names.filter(part => typeof part === 'string').join('.')
    const where = fields === '' ? 'Go value' : `Go struct field ${struct}.${fields}`
    this.error = `json: cannot unmarshal ${found} into ${where} of type ${go}`
  }

  scalar(value: unknown, scalar: Scalar, go: string, struct: string, field: string): void {
    const problem = scalarProblem(scalar, value)
    if (problem === undefined) return
    this.path.push(field)
    if ('mismatch' in problem) this.mismatch(problem.mismatch, struct, go)
    else this.error ??= problem.message
    this.path.pop()
  }
}

type Check = (value: unknown, walk: Walk) => void

/** Compiles checks on demand: unknown fields, wrong types, number of members. */
export function checkers(message: (name: string) => Message): (name: string) => (value: unknown) => SchemaReport {
  const made = new Map<string, Check>()
  const get = (name: string): Check => {
    const known = made.get(name)
    if (known !== undefined) return known
    const late: Check = (value, walk) => (made.get(name) ?? late)(value, walk)
    made.set(name, late)
    const check = compile(message(name), get, message)
    made.set(name, check)
    return check
  }
  return name => {
    const check = get(name)
    return value => {
      const walk = new Walk()
      check(value, walk)
      return walk
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type FieldCheck = (value: unknown, walk: Walk) => void

function compile(shape: Message, get: (name: string) => Check, message: (name: string) => Message): Check {
  const fields = new Map<string, FieldCheck>()
  const plain = shape.name.split('.').at(-1) ?? ''
  if (shape.hasKind) {
    for (const name of ['kind', 'apiVersion']) {
      fields.set(name, (value, walk) => {
        if (typeof value !== 'string') walk.scalar(value, 'string', 'string', plain, name)
      })
    }
  }
  for (const field of shape.fields) {
    const check = fieldCheck(field.name, field.type, plain, get, message)
    fields.set(field.name, field.embedded === undefined ? check : inside({ structs: field.embedded }, check))
  }
  return (value, walk) => {
    if (!isObject(value)) {
      walk.mismatch(jsonTypeName(value), plain, shape.go)
      return
    }
    for (const key in value) {
      walk.members++
      const inner = value[key]
      const check = fields.get(key)
      if (check === undefined) {
        walk.unknown.push(walk.at(key))
        walk.members += countMembers(inner)
      } else if (inner === null) walk.nulls = true
      else check(inner, walk)
    }
  }
}

const inside =
  (embedded: Embedded, check: FieldCheck): FieldCheck =>
  (value, walk) => {
    walk.path.push(embedded)
    check(value, walk)
    walk.path.pop()
  }

function fieldCheck(
  name: string,
  type: FieldType,
  struct: string,
  get: (name: string) => Check,
  message: (name: string) => Message,
): FieldCheck {
  if (type.of === 'scalar') {
    const { scalar, go } = type
    if (scalar === 'string') {
      return (value, walk) => {
        if (typeof value !== 'string') walk.scalar(value, scalar, go, struct, name)
      }
    }
    if (scalar === 'bool') {
      return (value, walk) => {
        if (typeof value !== 'boolean') walk.scalar(value, scalar, go, struct, name)
      }
    }
    if (scalar === 'FieldsV1' || scalar === 'RawExtension' || scalar === 'JSON') {
      return (value, walk) => {
        walk.members += countMembers(value)
      }
    }
    return (value, walk) => walk.scalar(value, scalar, go, struct, name)
  }
  if (type.of === 'message') {
    const check = get(type.name)
    const { go } = message(type.name)
    return (value, walk) => {
      walk.path.push(name)
      if (isObject(value)) check(value, walk)
      else walk.mismatch(jsonTypeName(value), struct, go)
      walk.path.pop()
    }
  }
  if (type.of === 'choice') {
    const check = choiceCheck(type, get(type.name))
    return (value, walk) => {
      walk.path.push(name)
      check(value, walk)
      walk.path.pop()
    }
  }
  return containerCheck(name, type, struct, get, message)
}

/** A schema, or what may stand instead of it. */
function choiceCheck(type: FieldType & { of: 'choice' }, check: Check): Check {
  const wrong = {
    bool: 'boolean or JSON schema expected',
    list: 'array or JSON schema expected',
    strings: 'array of strings or JSON schema expected',
  }
  const checkValue: Check = (value, walk) => {
    if (isObject(value)) return check(value, walk)
    if (type.instead === 'bool' && typeof value === 'boolean') return
    if (type.instead === 'list' && Array.isArray(value)) {
      for (const [i, item] of value.entries()) {
        walk.path.push(i)
        check(item, walk)
        walk.path.pop()
      }
      return
    }
    if (type.instead === 'strings' && Array.isArray(value) && value.every(v => typeof v === 'string')) return
    walk.error ??= wrong[type.instead]
  }
  return (value, walk) => {
    // upstream decodes these in code of their own, which does not look for unknown fields
    const known = walk.unknown.length
    checkValue(value, walk)
    walk.unknown.length = known
  }
}

function goName(type: FieldType, message: (name: string) => Message): string {
  if (type.of === 'scalar') return type.scalar === 'bytes' ? '[]uint8' : type.go
  if (type.of === 'message') return message(type.name).go
  if (type.of === 'choice') return type.go
  if (type.go !== undefined) return type.go
  const item = goName(type.item, message)
  return type.of === 'list' ? `[]${item}` : `map[${type.key ?? 'string'}]${item}`
}

/** Lists and maps: the item's check runs with the index or key on the path. */
function containerCheck(
  name: string,
  type: FieldType & { of: 'list' | 'map' },
  struct: string,
  get: (name: string) => Check,
  message: (name: string) => Message,
): FieldCheck {
  const { item } = type
  const named = item.of === 'message' || item.of === 'choice'
  const simple = item.of === 'scalar' && item.scalar === 'string'
  const messageCheck = item.of === 'message' ? get(item.name) : undefined
  const otherCheck = item.of === 'choice' ? choiceCheck(item, get(item.name)) : undefined
  const itemGo = () => goName(item, message)
  const checkItem = (value: unknown, walk: Walk) => {
    if (messageCheck !== undefined) {
      if (isObject(value)) messageCheck(value, walk)
      else walk.mismatch(jsonTypeName(value), struct, itemGo())
    } else if (item.of === 'scalar') {
      if (simple && typeof value === 'string') return
      const problem = scalarProblem(item.scalar, value)
      if (problem === undefined) return
      if ('mismatch' in problem) walk.mismatch(problem.mismatch, struct, item.go)
      else walk.error ??= problem.message
    } else if (otherCheck !== undefined) otherCheck(value, walk)
    else if (item.of === 'list' || item.of === 'map') nested(item, value, walk)
  }
  const nested = (inner: FieldType & { of: 'list' | 'map' }, value: unknown, walk: Walk) =>
    containerCheck('', inner, struct, get, message)(value, walk)
  return (value, walk) => {
    if (name !== '') walk.path.push(name)
    if (type.of === 'list') {
      if (!Array.isArray(value)) walk.mismatch(jsonTypeName(value), struct, goName(type, message))
      else {
        for (let i = 0; i < value.length; i++) {
          if (value[i] === null) {
            walk.nulls = true
            continue
          }
          walk.path.push(i)
          checkItem(value[i], walk)
          walk.path.pop()
        }
      }
    } else if (!isObject(value)) walk.mismatch(jsonTypeName(value), struct, goName(type, message))
    else {
      for (const key in value) {
        walk.members++
        const inner = value[key]
        if (inner === null) walk.nulls = true
        else if (!named) checkItem(inner, walk)
        else {
          walk.path.push({ key })
          checkItem(inner, walk)
          walk.path.pop()
        }
      }
    }
    if (name !== '') walk.path.pop()
  }
}
