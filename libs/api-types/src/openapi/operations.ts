import type { ResourceEntry, SubresourceEntry, Verb } from '../catalogue/contract.ts'
import {
  deleteParameters,
  listParameters,
  type Parameter,
  patchParameters,
  pathParameter,
  pretty,
  writeParameters,
} from './parameters.ts'

/** One method on one path, before a version of OpenAPI gives it its form. */
export interface Operation {
  readonly path: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly id: string
  /** `list`, `get`, `post`, `patch`, `connect`, … */
  readonly action: string
  readonly description: string
  readonly tag: string
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly parameters: readonly Parameter[]
  /** Of the path, shared by its methods. */
  readonly pathParameters: readonly Parameter[]
  /** Message name of the body, or `Patch`. */
  readonly body?: string
  /** Message name of the answer; none: text. */
  readonly answer?: string
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
export const patchName = `${meta}.Patch`

const camel = (text: string) =>
  text
    .split(/[.-]/)
    .filter(part => part !== 'k8s' && part !== 'io')
    .map(part => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

const verbNames: Readonly<Record<Verb, string>> = {
  get: 'read',
  list: 'list',
  watch: 'watch',
  create: 'create',
  update: 'replace',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deleteCollection',
}

/** All operations of an entry and its subresources. */
export function operationsOf(entry: ResourceEntry): Operation[] {
  const { group, version, kind, resource, namespaced, schema } = entry
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const tag = `${group === '' ? 'core' : camel(group).replace(/^./, first => first.toLowerCase())}_${version}`
  const prefix = `${group === '' ? 'Core' : camel(group)}${camel(version)}`
  const gvk = { group, version, kind }
  const inNamespace = namespaced
    ? [pathParameter('namespace', 'Object name and auth scope, such as for teams and projects.')]
    : []
  const collection = namespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`
  const onCollection = [...inNamespace, pretty]
  const onObject = [pathParameter('name', `name of the ${kind}`), ...inNamespace, pretty]
  const scope = namespaced ? 'Namespaced' : ''
  const operations: Operation[] = []
  const add = (
    verb: Verb,
    more: Pick<Operation, 'path' | 'method' | 'action' | 'parameters' | 'pathParameters'> & Partial<Operation>,
  ) => {
    if (!entry.verbs.includes(verb)) return
    const all = verb === 'deletecollection'
    const id = `${all ? 'delete' : verbNames[verb]}${prefix}${all ? 'Collection' : ''}${scope}${kind}`
    const description = `${verbNames[verb]} ${verb === 'list' ? 'objects of kind' : verb === 'deletecollection' ? 'of' : 'the specified'} ${kind}`
    operations.push({ id, description, tag, kind: gvk, ...more })
  }
  const path = `${collection}/{name}`
  const list = `${schema}List`
  const status = `${meta}.Status`
  add('list', {
    path: collection,
    method: 'get',
    action: 'list',
    parameters: listParameters,
    pathParameters: onCollection,
    answer: list,
  })
  add('create', {
    path: collection,
    method: 'post',
    action: 'post',
    parameters: writeParameters,
    pathParameters: onCollection,
    body: schema,
    answer: schema,
  })
  add('deletecollection', {
    path: collection,
    method: 'delete',
    action: 'deletecollection',
    parameters: [...deleteParameters, ...listParameters.slice(1, 7)],
    pathParameters: onCollection,
    body: `${meta}.DeleteOptions`,
    answer: status,
  })
  add('get', { path, method: 'get', action: 'get', parameters: [], pathParameters: onObject, answer: schema })
  add('update', {
    path,
    method: 'put',
    action: 'put',
    parameters: writeParameters,
    pathParameters: onObject,
    body: schema,
    answer: schema,
  })
  add('patch', {
    path,
    method: 'patch',
    action: 'patch',
    parameters: patchParameters,
    pathParameters: onObject,
    body: patchName,
    answer: schema,
  })
  add('delete', {
    path,
    method: 'delete',
    action: 'delete',
    parameters: deleteParameters,
    pathParameters: onObject,
    body: `${meta}.DeleteOptions`,
    answer: status,
  })
  if (namespaced && entry.stored) {
    add('list', {
      path: `${root}/${resource}`,
      method: 'get',
      action: 'list',
      id: `list${prefix}${kind}ForAllNamespaces`,
      parameters: [],
      pathParameters: [...listParameters, pretty],
      answer: list,
    })
  }
  for (const [name, subresource] of Object.entries(entry.subresources)) {
    operations.push(
      ...subresourceOperations(name, subresource, { entry, path: `${path}/${name}`, tag, prefix, onObject, scope }),
    )
  }
  return operations
}

interface Parent {
  readonly entry: ResourceEntry
  readonly path: string
  readonly tag: string
  readonly prefix: string
  readonly onObject: readonly Parameter[]
  readonly scope: string
}

const methods = { get: 'get', create: 'post', update: 'put', patch: 'patch', delete: 'delete' } as const

const schemaGroup = (group: string) => (group === '' ? 'core' : (group.split('.')[0] ?? group))

function subresourceOperations(
  name: string,
  { group, version, kind, verbs }: SubresourceEntry,
  parent: Parent,
): Operation[] {
  const { entry, path, tag, prefix, onObject, scope } = parent
  const own = kind === entry.kind && group === entry.group && version === entry.version
  const body = own ? entry.schema : `io.k8s.api.${schemaGroup(group)}.${version}.${kind}`
  // Streams and proxies answer with bytes; only what takes the parent kind or posts an object of its own has a schema.
  const connects = /Options$/.test(kind)
  const text = connects || name === 'log'
  return verbs.flatMap(verb => {
    if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') return []
    const writes = verb === 'create' || verb === 'update' || verb === 'patch'
    const action = connects ? 'connect' : methods[verb]
    const method = methods[verb].replace(/^./, first => first.toUpperCase())
    const word = connects ? `connect${method}` : verbNames[verb]
    const begin = connects ? `connect${prefix}${method}` : word + prefix
    return [
      {
        path,
        method: methods[verb],
        id: `${begin}${scope}${entry.kind}${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        action,
        description: `${word} ${name} of the specified ${entry.kind}`,
        tag,
        kind: { group, version, kind },
        parameters: connects || !writes ? [] : verb === 'patch' ? patchParameters : writeParameters,
        pathParameters: onObject,
        ...(writes && !connects ? { body: verb === 'patch' ? patchName : body } : {}),
        ...(text ? {} : { answer: body }),
      },
    ]
  })
}
