import { isDeepStrictEqual } from 'node:util'
import { setOwn } from './merge-patch.ts'

/** An operation that does not fit the document; the message says which and why. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError'
}

interface Operation {
  op?: unknown
  path?: unknown
  from?: unknown
  value?: unknown
}

/** Operations of one patch (upstream's bound). */
export const maxOperations = 10_000

/** RFC 6902, in order; `document` is changed in place and returned. Throws {@link JsonPatchError}. */
export function jsonPatch(document: unknown, operations: readonly Operation[]): unknown {
  let root = document
  for (const operation of operations) root = apply(root, operation)
  return root
}

function apply(root: unknown, { op, path, from, value }: Operation): unknown {
  if (typeof path !== 'string') throw new JsonPatchError(`operation ${JSON.stringify(op)} needs a path`)
  switch (op) {
    case 'add':
      return add(root, path, value)
    case 'remove':
      return remove(root, path).root
    case 'replace': {
      if (path === '') return value
      const { parent, key } = locate(root, path, 'replace')
      if (Array.isArray(parent)) parent[index(parent, key, path, parent.length - 1)] = value
      else {
        if (!Object.hasOwn(parent, key)) throw missing('replace', path)
        setOwn(parent, key, value)
      }
      return root
    }
    case 'move': {
      if (typeof from !== 'string') throw new JsonPatchError('operation "move" needs from')
      const removed = remove(root, from)
      return add(removed.root, path, removed.value)
    }
    case 'copy':
      if (typeof from !== 'string') throw new JsonPatchError('operation "copy" needs from')
      return add(root, path, structuredClone(read(root, from, 'copy')))
    case 'test':
      if (!isDeepStrictEqual(read(root, path, 'test'), value))
        throw new JsonPatchError(`testing value ${path} failed: test failed`)
      return root
    default:
      throw new JsonPatchError(`Unexpected kind: ${String(op)}`)
  }
}

function add(root: unknown, path: string, value: unknown): unknown {
  if (path === '') return value
  const { parent, key } = locate(root, path, 'add')
  if (!Array.isArray(parent)) setOwn(parent, key, value)
  else parent.splice(key === '-' ? parent.length : index(parent, key, path, parent.length), 0, value)
  return root
}

function remove(root: unknown, path: string): { root: unknown; value: unknown } {
  const { parent, key } = locate(root, path, 'remove')
  if (Array.isArray(parent)) return { root, value: parent.splice(index(parent, key, path, parent.length - 1), 1)[0] }
  if (!Object.hasOwn(parent, key)) throw missing('remove', path)
  const value = parent[key]
  delete parent[key]
  return { root, value }
}

function read(root: unknown, path: string, op: string): unknown {
  if (path === '') return root
  const { parent, key } = locate(root, path, op)
  if (Array.isArray(parent)) return parent[index(parent, key, path, parent.length - 1)]
  return Object.hasOwn(parent, key) ? parent[key] : null
}

function locate(root: unknown, path: string, op: string): { parent: Record<string, unknown> | unknown[]; key: string } {
  if (!path.startsWith('/')) throw missing(op, path)
  const parts = path
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const key = parts.pop() as string
  let at: unknown = root
  for (const part of parts) {
    if (Array.isArray(at)) at = at[index(at, part, path, at.length - 1)]
    else if (typeof at === 'object' && at !== null && Object.hasOwn(at, part))
      at = (at as Record<string, unknown>)[part]
    else throw missing(op, path)
  }
  if (typeof at !== 'object' || at === null) throw missing(op, path)
  return { parent: at as Record<string, unknown> | unknown[], key }
}

function index(list: readonly unknown[], text: string, path: string, last: number): number {
  const number = Number(text)
  if (!/^(0|[1-9]\d*)$/.test(text) || number > last || number > list.length)
    throw new JsonPatchError(`Unable to access invalid index: ${path}`)
  return number
}

const missing = (op: string, path: string) =>
  new JsonPatchError(`${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`)
