import { badRequest } from '@kubets/apimachinery'
import type { Step } from './request-context.ts'

/** What a path and a method ask for, in the words of upstream's RequestInfo. */
export interface RequestInfo {
  /** Names objects of a resource (and is no discovery or other path). */
  readonly isResourceRequest: boolean
  /** Decoded path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case. */
  readonly verb: string
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  /** '' for cluster-scoped requests and for lists over all namespaces. */
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** What follows the subresource, as sent (`proxy` and the like): `/metrics/x`. */
  readonly rest: string
}

const noQuery = new URLSearchParams()

/** Subresources of namespaces: any other third segment is a resource inside the namespace. */
const namespaceSubresources = new Set(['status', 'finalize'])

export const unknownRequestInfo: RequestInfo = {
  isResourceRequest: false,
  path: '',
  query: noQuery,
  verb: '',
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  rest: '',
}

export const requestInfo: Step = context => {
  const { method, target } = context.exchange
  context.info = method === 'POST' ? posted(target) : parseRequestInfo(method, target)
  return undefined
}

/** Collections that objects are created in: thousands of requests name the same few. At the bound the memory is emptied. */
const collections = new Map<string, RequestInfo>()
const maxCollections = 1_024
const maxTarget = 256

function posted(target: string): RequestInfo {
  const known = collections.get(target)
  if (known !== undefined) return known
  const info = parseRequestInfo('POST', target)
  // what has a name is posted once, and a query may say anything
  if (!info.isResourceRequest || info.name !== '' || info.query !== noQuery || target.length > maxTarget) return info
  if (collections.size >= maxCollections) collections.clear()
  collections.set(target, info)
  return info
}

/** Reads method and target (`/api/v1/namespaces/x/pods?watch=1`). Throws 400 when the path is not decodable. */
export function parseRequestInfo(method: string, target: string): RequestInfo {
  const mark = target.indexOf('?')
  const rawPath = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? noQuery : new URLSearchParams(target.slice(mark + 1))
  const path = decode(rawPath)
  const segments = split(rawPath)
  const other = (): RequestInfo => ({ ...unknownRequestInfo, path, query, verb: method.toLowerCase() })

  let at: number
  let group = ''
  if (segments[0] === 'api' && segments.length >= 3) at = 1
  else if (segments[0] === 'apis' && segments.length >= 4) {
    group = decode(segments[1] as string)
    at = 2
  } else return other()
  const version = segments[at++] as string
  // the deprecated form /api/v1/watch/…: the same as ?watch=true
  const watchPath = segments[at] === 'watch' && segments.length > at + 1
  if (watchPath) at++

  let namespace = ''
  if (segments[at] === 'namespaces') {
    const third = segments[at + 2]
    if (segments[at + 1] !== undefined) namespace = decode(segments[at + 1] as string)
    if (third !== undefined && !namespaceSubresources.has(third)) at += 2
  }
  const resource = decode(segments[at] ?? '')
  const name = decode(segments[at + 1] ?? '')
  const subresource = decode(segments[at + 2] ?? '')
  const rest = segments.length > at + 3 ? `/${segments.slice(at + 3).join('/')}${rawPath.endsWith('/') ? '/' : ''}` : ''
  return {
    isResourceRequest: true,
    path,
    query,
    verb: verbOf(method, name, query, watchPath),
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    rest,
  }
}

function verbOf(method: string, name: string, query: URLSearchParams, watchPath: boolean): string {
  switch (method) {
    case 'POST':
      return 'create'
    case 'GET':
    case 'HEAD':
      if (watchPath) return 'watch'
      // one object is read, whatever else is asked: it is watched by a field selector on its list
      if (name !== '') return 'get'
      return query.size > 0 && isTrue(query.get('watch')) ? 'watch' : 'list'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      return ''
  }
}

/** How Kubernetes reads a boolean of a query: present and neither `false` nor `0`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0'
}

/** Slashes at the ends say nothing; between two in the middle stands an empty name. */
function split(path: string): string[] {
  let [from, to] = [0, path.length]
  while (path[from] === '/') from++
  while (to > from && path[to - 1] === '/') to--
  return from === to ? [] : path.slice(from, to).split('/')
}

const badEscape = /%(?![\dA-Fa-f]{2})/

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    if (badEscape.test(text)) throw badRequest(`invalid URL escape in ${JSON.stringify(text)}`)
    // bytes that are no UTF-8: nothing has such a name
    return Buffer.from(
      text.replace(/%../g, one => String.fromCharCode(Number.parseInt(one.slice(1), 16))),
      'latin1',
    ).toString()
  }
}
