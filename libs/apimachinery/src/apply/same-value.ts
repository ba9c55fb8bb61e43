import { type Form, isMap, member, type ScalarView, type TypeView } from './type-view.ts'

/** Whether two values of a type are the same, whatever the order of their members. */
export function sameValue(type: TypeView, a: unknown, b: unknown, form: Form): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    const item = type.list?.item ?? {}
    for (let i = 0; i < a.length; i++) if (!sameValue(item, a[i], b[i], form)) return false
    return true
  }
  if (!isMap(a) || !isMap(b)) return sameScalar(form === 'typed' ? type.scalar : undefined, a, b)
  const map = type.map
  if (form === 'typed' && map !== undefined) {
    for (const field of map.fields)
      if (!sameValue(field.type, field.typed(a[field.name]), field.typed(b[field.name]), form)) return false
    if (map.item === undefined) return true
  }
  for (const key of Object.keys(a)) {
    const field = map?.field(key)
    if (form === 'typed' && field !== undefined) continue
    if (!Object.hasOwn(b, key) || !sameValue(field?.type ?? map?.item ?? {}, a[key], b[key], form)) return false
  }
  for (const key of Object.keys(b)) {
    if (form === 'typed' && map?.field(key) !== undefined) continue
    if (member(a, key) === undefined && b[key] !== undefined) return false
  }
  return true
}

function sameScalar(scalar: ScalarView | undefined, a: unknown, b: unknown): boolean {
  // a big integer may come as a number or as a bigint
  if (typeof a === 'bigint' || typeof b === 'bigint') return String(a) === String(b)
  const canonical = scalar?.canonical
  if (canonical === undefined || a === undefined || b === undefined || a === null || b === null) return false
  return canonical(a) === canonical(b)
}
