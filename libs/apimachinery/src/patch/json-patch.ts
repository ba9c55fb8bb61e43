import { ApiError } from '../status/api-error.ts'
import { badRequest, requestEntityTooLarge } from '../status/errors.ts'
import { cloneJson, getOwn, isObject, type Json, sameJson, setOwn } from './own-property.ts'

/** More operations than this are refused with 413. */
const maxOperations = 10_000
/** All that `copy` has copied in one patch, bytes as JSON: upstream's bound. Forty operations that double a document would be more than any machine has. */
const maxCopied = 3 * 1024 * 1024

/** 422: the patch is well-formed and does not fit the object. `cause` says where. */
export function patchDoesNotFit(cause: string): ApiError {
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    },
    { cause: new Error(cause) },
  )
}

/** What Go's errors call a value. */
export function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return value === null ? 'null' : typeof value === 'bigint' ? 'number' : typeof value
}

interface Operation {
  op: string
  path: string
  from?: string
  value?: Json
}

function parseOperation(value: unknown): Operation {
  if (!isObject(value))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go value of type handlers.jsonPatchOp`,
    )
  const [op, path, from] = [getOwn(value, 'op'), getOwn(value, 'path'), getOwn(value, 'from')]
  if (typeof op !== 'string') throw patchDoesNotFit('operation has no op')
  if (typeof path !== 'string') throw patchDoesNotFit(`${op} operation has no path`)
  const operation: Operation = { op, path }
  if (typeof from === 'string') operation.from = from
  if (Object.hasOwn(value, 'value')) operation.value = value.value ?? null
  return operation
}

function tokens(pointer: string): string[] {
  // the whole document cannot be meant: upstream's library finds nothing there
  if (pointer === '') throw patchDoesNotFit('the empty JSON pointer')
  if (!pointer.startsWith('/')) throw patchDoesNotFit(`invalid JSON pointer: ${pointer}`)
  return pointer
    .slice(1)
    .split('/')
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A place in a document: the root is wrapped, so that every place has a parent. */
interface Place {
  readonly parent: Json[] | { [key: string]: Json }
  readonly key: string
}

function locate(root: { document: Json }, pointer: string): Place {
  let parent: Json = root
  let key = 'document'
  for (const token of tokens(pointer)) {
    const next: Json | undefined = read({ parent, key } as Place)
    if (typeof next !== 'object' || next === null) throw patchDoesNotFit(`doc is missing path: ${pointer}`)
    parent = next
    key = token
  }
  return { parent, key } as Place
}

function index(list: readonly Json[], key: string, limit: number): number {
  // Negative indices are an extension that upstream's library takes too.
  if (!/^(0|-?[1-9]\d*)$/.test(key)) throw patchDoesNotFit(`invalid index ${key}`)
  const at = Number(key) < 0 ? list.length + Number(key) : Number(key)
  if (at < 0 || at > limit) throw patchDoesNotFit(`unable to access invalid index: ${key}`)
  return at
}

function read({ parent, key }: Place): Json | undefined {
  if (!Array.isArray(parent)) return getOwn(parent, key)
  return /^(0|-?[1-9]\d*)$/.test(key) ? parent.at(Number(key)) : undefined
}

function existing(place: Place, path: string): Json {
  const value = read(place)
  if (value === undefined) throw patchDoesNotFit(`doc is missing key: ${path}`)
  return value
}

function add({ parent, key }: Place, value: Json): void {
  if (!Array.isArray(parent)) setOwn(parent, key, value)
  else if (key === '-') parent.push(value)
  else parent.splice(index(parent, key, parent.length), 0, value)
}

function remove(place: Place, path: string): void {
  existing(place, path)
  const { parent, key } = place
  if (Array.isArray(parent)) parent.splice(index(parent, key, parent.length - 1), 1)
  else delete parent[key]
}

/** Upstream's library sets a member that was not there, too. */
function replace({ parent, key }: Place, value: Json): void {
  if (Array.isArray(parent)) parent[index(parent, key, parent.length - 1)] = value
  else setOwn(parent, key, value)
}

/** The length of a value's JSON, roughly; stops counting beyond `limit`. */
function jsonSize(value: Json, limit: number): number {
  let size = 0
  const open: Json[] = [value]
  for (let next = open.pop(); next !== undefined && size <= limit; next = open.pop()) {
    if (typeof next === 'string') size += next.length + 2
    else if (typeof next !== 'object' || next === null) size += 4
    else if (Array.isArray(next)) {
      size += next.length + 2
      for (const one of next) open.push(one)
    } else {
      size += 2
      for (const [key, one] of Object.entries(next)) {
        size += key.length + 4
        open.push(one)
      }
    }
  }
  return size
}

interface Root {
  document: Json
  copied: number
}

function copy(root: Root, value: Json): Json {
  root.copied += jsonSize(value, maxCopied - root.copied)
  if (root.copied > maxCopied)
    throw patchDoesNotFit(
      `Unable to complete the copy, the accumulated size increase of copy is ${root.copied}, exceeding the limit ${maxCopied}`,
    )
  return cloneJson(value)
}

function apply(root: Root, { op, path, from, value }: Operation): void {
  const place = locate(root, path)
  const source = () => {
    if (from === undefined) throw patchDoesNotFit(`${op} operation has no from`)
    return locate(root, from)
  }
  switch (op) {
    case 'add':
      add(place, cloneJson(value ?? null))
      break
    case 'remove':
      remove(place, path)
      break
    case 'replace':
      replace(place, cloneJson(value ?? null))
      break
    case 'move': {
      if (from !== undefined && path.startsWith(`${from}/`)) throw patchDoesNotFit('cannot move a value into itself')
      const moved = existing(source(), from ?? '')
      remove(source(), from ?? '')
      add(locate(root, path), moved)
      break
    }
    case 'copy':
      // what is not there is copied as null
      add(place, copy(root, read(source()) ?? null))
      break
    case 'test':
      if (!sameJson(read(place) ?? null, value ?? null)) {
        throw patchDoesNotFit(`testing value ${path} failed: test failed`)
      }
      break
    default:
      throw patchDoesNotFit(`Unexpected kind: ${op}`)
  }
}

/**
 * RFC 6902. The target is not changed.
 * @throws ApiError 400 for what is no patch, 413 for too many operations, 422 when it does not fit the target.
 */
export function applyJsonPatch(target: Json, operations: unknown): Json {
  if (operations === null) return cloneJson(target)
  if (!Array.isArray(operations))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(operations)} into Go value of type []handlers.jsonPatchOp`,
    )
  if (operations.length > maxOperations) {
    const text = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`
    throw requestEntityTooLarge(text)
  }
  const root: Root = { document: cloneJson(target), copied: 0 }
  for (const operation of operations) apply(root, parseOperation(operation))
  return root.document
}
