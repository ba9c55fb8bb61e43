import type { ResourceEntry, SubresourceEntry, Verb } from '../catalogue/contract.ts'
import type { Message } from '../schema/message.ts'
import {
  deleteParameters,
  listParameters,
  optionParameters,
  type Parameter,
  patchParameters,
  pathParameter,
  pretty,
  writeParameters,
} from './parameters.ts'

/** One method on one path, before a version of OpenAPI gives it its form. */
export interface Operation {
  readonly path: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options'
  readonly id: string
  /** `list`, `get`, `post`, `patch`, `connect`, …; none for discovery. */
  readonly action?: string
  readonly description: string
  readonly tag: string
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string }
  /** All of them, those of the path too. */
  readonly parameters: readonly Parameter[]
  /** Message name of the body, or `Patch`. */
  readonly body?: string
  /** Message name of the answer; none: text. */
  readonly answer?: string
  /** Media types of the answer. */
  readonly produces: readonly string[]
  /** Status codes of success. */
  readonly codes: readonly (200 | 201 | 202)[]
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
export const patchName = `${meta}.Patch`
export const watchEventName = `${meta}.WatchEvent`

const whole = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const streams = [...whole, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
const anything = ['*/*']

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

const camel = (text: string) =>
  text
    .split(/[.-]/)
    .filter(part => part !== 'k8s' && part !== 'io')
    .map(upperFirst)
    .join('')

const a = (noun: string) => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`

/** How a group and version are named in ids and tags. */
export const prefixOf = (group: string, version: string) => `${group === '' ? 'Core' : camel(group)}${camel(version)}`
export const tagOf = (group: string) => (group === '' ? 'core' : lowerFirst(camel(group)))

/** What discovery answers at one path. */
export function discoveryOperation(
  path: string,
  id: string,
  tag: string,
  description: string,
  answer: string,
): Operation {
  return {
    path,
    method: 'get',
    id,
    tag,
    description,
    parameters: [],
    answer: `${meta}.${answer}`,
    produces: whole,
    codes: [200],
  }
}

/** What the operations of one entry share. */
interface Place {
  readonly entry: ResourceEntry
  readonly tag: string
  readonly prefix: string
  readonly scope: '' | 'Namespaced'
  readonly root: string
  readonly inNamespace: readonly Parameter[]
  readonly collection: string
  readonly name: Parameter
  message(name: string): Message
}

/** All operations of an entry and its subresources. */
export function operationsOf(entry: ResourceEntry, message: (name: string) => Message): Operation[] {
  const { group, version, resource, namespaced } = entry
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const place: Place = {
    entry,
    tag: `${tagOf(group)}_${version}`,
    prefix: prefixOf(group, version),
    scope: namespaced ? 'Namespaced' : '',
    root,
    inNamespace: namespaced
      ? [pathParameter('namespace', 'object name and auth scope, such as for teams and projects')]
      : [],
    collection: namespaced ? `/namespaces/{namespace}/${resource}` : `/${resource}`,
    name: pathParameter('name', `name of the ${entry.kind}`),
    message,
  }
  return [
    ...objectOperations(place),
    ...watchOperations(place),
    ...Object.entries(entry.subresources).flatMap(([name, subresource]) =>
      subresourceOperations(place, name, subresource),
    ),
  ]
}

function objectOperations({ entry, tag, prefix, scope, root, inNamespace, collection, name }: Place): Operation[] {
  const { group, version, kind, schema } = entry
  const path = root + collection
  const one = `${path}/{name}`
  const list = `${schema}List`
  const shared = { tag, kind: { group, version, kind }, produces: whole }
  const onCollection = [...inNamespace, pretty]
  const onObject = [name, ...inNamespace, pretty]
  const listing = `${entry.verbs.includes('watch') ? 'list or watch' : 'list'} objects of kind ${kind}`
  const all: readonly (readonly [Verb, Operation])[] = [
    [
      'list',
      {
        ...shared,
        path,
        method: 'get',
        id: `list${prefix}${scope}${kind}`,
        action: 'list',
        description: listing,
        parameters: [...onCollection, ...listParameters],
        answer: list,
        produces: streams,
        codes: [200],
      },
    ],
    [
      'create',
      {
        ...shared,
        path,
        method: 'post',
        id: `create${prefix}${scope}${kind}`,
        action: 'post',
        description: `create ${a(kind)}`,
        parameters: [...onCollection, ...writeParameters],
        body: schema,
        answer: schema,
        codes: [200, 201, 202],
      },
    ],
    [
      'deletecollection',
      {
        ...shared,
        path,
        method: 'delete',
        id: `delete${prefix}Collection${scope}${kind}`,
        action: 'deletecollection',
        description: `delete collection of ${kind}`,
        parameters: [
          ...onCollection,
          ...deleteParameters,
          ...listParameters.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'),
        ],
        body: `${meta}.DeleteOptions`,
        answer: `${meta}.Status`,
        codes: [200],
      },
    ],
    [
      'get',
      {
        ...shared,
        path: one,
        method: 'get',
        id: `read${prefix}${scope}${kind}`,
        action: 'get',
        description: `read the specified ${kind}`,
        parameters: onObject,
        answer: schema,
        codes: [200],
      },
    ],
    [
      'update',
      {
        ...shared,
        path: one,
        method: 'put',
        id: `replace${prefix}${scope}${kind}`,
        action: 'put',
        description: `replace the specified ${kind}`,
        parameters: [...onObject, ...writeParameters],
        body: schema,
        answer: schema,
        codes: [200, 201],
      },
    ],
    [
      'patch',
      {
        ...shared,
        path: one,
        method: 'patch',
        id: `patch${prefix}${scope}${kind}`,
        action: 'patch',
        description: `partially update the specified ${kind}`,
        parameters: [...onObject, ...patchParameters],
        body: patchName,
        answer: schema,
        codes: [200, 201],
      },
    ],
    [
      'delete',
      {
        ...shared,
        path: one,
        method: 'delete',
        id: `delete${prefix}${scope}${kind}`,
        action: 'delete',
        description: `delete ${a(kind)}`,
        parameters: [...onObject, ...deleteParameters],
        body: `${meta}.DeleteOptions`,
        // a namespace's delete only begins its end, which upstream documents as a Status
        answer: entry.deleteReturnsObject && entry.subresources.finalize === undefined ? schema : `${meta}.Status`,
        codes: [200, 202],
      },
    ],
    ...(entry.namespaced
      ? [
          [
            'list',
            {
              ...shared,
              path: `${root}/${entry.resource}`,
              method: 'get',
              id: `list${prefix}${kind}ForAllNamespaces`,
              action: 'list',
              description: listing,
              parameters: [pretty, ...listParameters],
              answer: list,
              produces: streams,
              codes: [200],
            },
          ] as const,
        ]
      : []),
  ]
  return all.filter(([verb]) => entry.verbs.includes(verb)).map(([, operation]) => operation)
}

/** The deprecated paths that begin with `watch`. */
function watchOperations({ entry, tag, prefix, scope, root, inNamespace, collection, name }: Place): Operation[] {
  if (!entry.verbs.includes('watch')) return []
  const { group, version, kind } = entry
  const many = `watch individual changes to a list of ${kind}. deprecated: use the 'watch' parameter with a list operation instead.`
  const shared = {
    method: 'get',
    tag,
    kind: { group, version, kind },
    answer: watchEventName,
    produces: streams,
    codes: [200],
  } as const
  const listed = [pretty, ...listParameters]
  return [
    ...(entry.verbs.includes('list')
      ? [
          {
            ...shared,
            path: `${root}/watch${collection}`,
            id: `watch${prefix}${scope}${kind}List`,
            action: 'watchlist',
            description: many,
            parameters: [...inNamespace, ...listed],
          },
        ]
      : []),
    ...(entry.verbs.includes('list') && entry.namespaced
      ? [
          {
            ...shared,
            path: `${root}/watch/${entry.resource}`,
            id: `watch${prefix}${kind}ListForAllNamespaces`,
            action: 'watchlist',
            description: many,
            parameters: listed,
          },
        ]
      : []),
    {
      ...shared,
      path: `${root}/watch${collection}/{name}`,
      id: `watch${prefix}${scope}${kind}`,
      action: 'watch',
      description: `watch changes to an object of kind ${kind}. deprecated: use the 'watch' parameter with a list operation instead, filtered to a single item with the 'fieldSelector' parameter.`,
      parameters: [name, ...inNamespace, ...listed],
    },
  ]
}

const schemaGroup = (group: string) => (group === '' ? 'core' : (group.split('.')[0] ?? group))

const writes = {
  get: { method: 'get', word: 'read', codes: [200] },
  create: { method: 'post', word: 'create', codes: [200, 201, 202] },
  update: { method: 'put', word: 'replace', codes: [200, 201] },
  patch: { method: 'patch', word: 'patch', codes: [200, 201] },
  delete: { method: 'delete', word: 'delete', codes: [200, 202] },
} as const

function subresourceOperations(place: Place, name: string, subresource: SubresourceEntry): Operation[] {
  const { group, version, kind, verbs } = subresource
  if (/Options$/.test(kind)) return connectOperations(place, name, subresource)
  const { entry, tag, prefix, scope, root, inNamespace, collection } = place
  const schema = kind === entry.kind ? entry.schema : `io.k8s.api.${schemaGroup(group)}.${version}.${kind}`
  const logs = name === 'log'
  const onObject = [
    place.name,
    ...inNamespace,
    pretty,
    ...(logs ? optionParameters(place.message(`io.k8s.api.core.v1.${entry.kind}LogOptions`)) : []),
  ]
  return verbs.flatMap(verb => {
    if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') return []
    const { method, word, codes } = writes[verb]
    const what = verb === 'create' ? `${name} of ${a(entry.kind)}` : `${name} of the specified ${entry.kind}`
    return [
      {
        path: `${root}${collection}/{name}/${name}`,
        method,
        id: `${word}${prefix}${scope}${entry.kind}${upperFirst(name)}`,
        action: method,
        description: `${verb === 'patch' ? 'partially update' : word} ${what}`,
        tag,
        kind: { group, version, kind },
        parameters: [
          ...onObject,
          ...(verb === 'patch' ? patchParameters : verb === 'get' || verb === 'delete' ? [] : writeParameters),
        ],
        ...(verb === 'get' || verb === 'delete' ? {} : { body: verb === 'patch' ? patchName : schema }),
        ...(logs ? {} : { answer: schema }),
        produces: logs ? ['text/plain', ...whole] : whole,
        codes,
      },
    ]
  })
}

/** Streams and proxies: any method that they take, text that is nobody's. */
function connectOperations(place: Place, name: string, { group, version, kind, verbs }: SubresourceEntry): Operation[] {
  const { entry, tag, prefix, scope, root, inNamespace, collection } = place
  const options = optionParameters(place.message(`io.k8s.api.${schemaGroup(group)}.${version}.${kind}`))
  const proxies = verbs.includes('delete')
  const methods = [
    ...verbs.flatMap(verb => (verb in writes ? [writes[verb as keyof typeof writes].method] : [])),
    ...(proxies ? (['options', 'head'] as const) : []),
  ]
  const path = `${root}${collection}/{name}/${name}`
  const paths = proxies ? [path, `${path}/{path}`] : [path]
  return paths.flatMap(path =>
    methods.map(method => ({
      path,
      method,
      id: `connect${prefix}${upperFirst(method)}${scope}${entry.kind}${upperFirst(name)}${path.endsWith('{path}') ? 'WithPath' : ''}`,
      action: 'connect',
      description: `connect ${method.toUpperCase()} requests to ${name} of ${entry.kind}`,
      tag,
      kind: { group, version, kind },
      parameters: [
        place.name,
        ...inNamespace,
        ...options,
        ...(path.endsWith('{path}') ? [pathParameter('path', 'path to the resource')] : []),
      ],
      produces: anything,
      codes: [200],
    })),
  )
}
