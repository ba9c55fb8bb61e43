import type { Json } from './step.ts'

export type Path = readonly (string | number)[]

export interface Mutation {
  about: string
  apply(object: Json): void
}

/** `spec.ports[0].name` */
export const pathText = (path: Path) =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')

/** Every place of an object but its kind and version, parents before children. */
export function placesOf(value: Json, path: Path = []): { path: Path; value: Json }[] {
  const own =
    path.length === 0 || (path.length === 1 && (path[0] === 'apiVersion' || path[0] === 'kind'))
      ? []
      : [{ path, value }]
  if (Array.isArray(value)) return [...own, ...value.flatMap((item, i) => placesOf(item, [...path, i]))]
  if (value === null || typeof value !== 'object') return own
  return [...own, ...Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]))]
}

/** Ways to break an object: for each of its places what its value cannot, or can hardly, be. */
export function mutationsOf(base: Json): Mutation[] {
  return placesOf(base).flatMap(({ path, value }) => [
    { about: `without ${pathText(path)}`, apply: removal(path) },
    ...valuesFor(value).map(([about, made]) => ({
      about: `${pathText(path)} ${about}`,
      apply: (object: Json) => put(object, path, made),
    })),
    ...(value !== null && typeof value === 'object' && !Array.isArray(value)
      ? [
          {
            about: `${pathText(path)} with an unknown field`,
            apply: (object: Json) => put(object, [...path, 'unknownField'], 1),
          },
        ]
      : []),
  ])
}

/** Ways to change an object a little: each of its leaves another value, and each place gone. */
export function changesOf(base: Json): Mutation[] {
  return placesOf(base)
    .filter(({ path }) => pathText(path) !== 'metadata.name' && pathText(path) !== 'metadata')
    .flatMap(({ path, value }) => {
      const gone = { about: `without ${pathText(path)}`, apply: removal(path) }
      if (typeof value === 'string')
        return [gone, { about: `${pathText(path)} another`, apply: (object: Json) => put(object, path, `${value}x`) }]
      if (typeof value === 'number')
        return [gone, { about: `${pathText(path)} one more`, apply: (object: Json) => put(object, path, value + 1) }]
      if (typeof value === 'boolean')
        return [gone, { about: `${pathText(path)} inverted`, apply: (object: Json) => put(object, path, !value) }]
      return [gone]
    })
}

function valuesFor(value: Json): [string, Json][] {
  const common: [string, Json][] = [['null', null]]
  switch (typeof value) {
    case 'string':
      return [
        ...common,
        ['empty', ''],
        ['an object', { wrong: 'type' }],
        ['a number', 7],
        ['nonsense', 'Not_A valid/Value!'],
        ['too long', 'x'.repeat(300)],
      ]
    case 'number':
      return [
        ...common,
        ['negative', -1],
        ['zero', 0],
        ['a fraction', 1.5],
        ['over 31 bits', 2_147_483_648],
        ['text', 'seven'],
      ]
    case 'boolean':
      return [...common, ['inverted', !value], ['text', 'true']]
    default:
      if (Array.isArray(value))
        return [
          ...common,
          ['empty', []],
          ['an object', {}],
          ['text', 'seven'],
          ...(value.length === 0 ? [] : ([['twice the same', [value[0], ...value]]] as [string, Json][])),
        ]
      return [...common, ['empty', {}], ['a list', []], ['text', 'seven']]
  }
}

const removal = (path: Path) => (object: Json) => {
  const parent = path.slice(0, -1).reduce((at, step) => at?.[step], object)
  const last = path.at(-1) as string | number
  if (Array.isArray(parent)) parent.splice(last as number, 1)
  else if (parent) delete parent[last]
}

export function put(object: Json, path: Path, value: Json): void {
  const parent = path.slice(0, -1).reduce((at, step) => at?.[step], object)
  if (parent !== null && typeof parent === 'object') parent[path.at(-1) as string | number] = value
}

/** RFC 7386, without changing what it is given. */
export function mergePatched(target: Json, patch: Json): Json {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const isMap = target !== null && typeof target === 'object' && !Array.isArray(target)
  const made: Json = isMap ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key]
    else made[key] = mergePatched(made[key], value)
  }
  return made
}
