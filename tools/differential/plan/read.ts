import type { Subject } from './plan.ts'
import type { Step } from './step.ts'

/** What clients ask for, and what they should not. */
const accepts: readonly (readonly [string, string])[] = [
  ['YAML', 'application/yaml'],
  ['protobuf', 'application/vnd.kubernetes.protobuf'],
  ['a Table', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
  ['a Table v1beta1', 'application/json;as=Table;v=v1beta1;g=meta.k8s.io'],
  ['a Table as YAML', 'application/yaml;as=Table;v=v1;g=meta.k8s.io'],
  ['PartialObjectMetadata', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'],
  ['PartialObjectMetadataList', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'],
  [
    'PartialObjectMetadata as protobuf',
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  ],
  ['what is unknown', 'text/html'],
  ['what is unknown or JSON', 'text/html, application/json;q=0.5'],
  ['an unknown form', 'application/json;as=Nothing;v=v1;g=meta.k8s.io'],
  ['anything', '*/*'],
  ['a Table or else JSON', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'],
]

const badQueries: readonly (readonly [string, string])[] = [
  ['a bad label selector', 'labelSelector=a%20b%20c'],
  ['a label selector with a bad value', 'labelSelector=a%3D-x-'],
  ['a label selector with a bad operator', 'labelSelector=a%20among%20(x)'],
  ['a bad field selector', 'fieldSelector=nothing'],
  ['an unknown field', 'fieldSelector=spec.unheard%3Dx'],
  ['a negative limit', 'limit=-1'],
  ['a limit that is no number', 'limit=many'],
  ['a bad continue token', 'continue=abc'],
  ['a continue token of another kind', 'continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJ4In0'],
  ['a bad resourceVersion', 'resourceVersion=x'],
  ['a negative resourceVersion', 'resourceVersion=-1'],
  ['a match without a version', 'resourceVersionMatch=Exact'],
  ['a match that is unknown', 'resourceVersion=1&resourceVersionMatch=Nearly'],
  ['exactly version 0', 'resourceVersion=0&resourceVersionMatch=Exact'],
  ['a bad timeout', 'timeoutSeconds=soon'],
  ['sendInitialEvents in a list', 'sendInitialEvents=true'],
  ['a bad watch', 'watch=maybe'],
  ['a watch with a bad version', 'watch=1&resourceVersion=x'],
  ['initial events without a match', 'watch=1&sendInitialEvents=true'],
  ['initial events with a wrong match', 'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1'],
  ['a match in a watch', 'watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1'],
  ['a watch with a bad selector', 'watch=1&labelSelector=a%20b'],
  ['a watch with an unknown field', 'watch=1&fieldSelector=spec.unheard%3Dx'],
  ['a watch with continue', 'watch=1&continue=abc'],
]

export function badReadSteps({ resource, collection, path }: Subject): Step[] {
  const steps: Step[] = []
  if (resource.verbs.includes('list'))
    for (const [about, query] of badQueries)
      steps.push({
        verb: 'bad query',
        about,
        // one that is accepted after all would go on
        request: {
          method: 'GET',
          path: `${collection}?${query}`,
          ...(query.startsWith('watch=1') ? { frames: 1 } : {}),
        },
      })
  if (resource.verbs.includes('get'))
    steps.push(
      { verb: 'get', about: 'what is missing', request: { method: 'GET', path: `${path}-missing` } },
      { verb: 'get', about: 'a bad name', request: { method: 'GET', path: `${collection}/Not%20a%20name` } },
      { verb: 'get', about: 'a bad version', request: { method: 'GET', path: `${path}?resourceVersion=x` } },
    )
  if (!resource.verbs.includes('update'))
    steps.push({ verb: 'refused', about: 'PUT', request: { method: 'PUT', path, body: {} } })
  if (!resource.verbs.includes('patch'))
    steps.push({
      verb: 'refused',
      about: 'PATCH',
      request: { method: 'PATCH', path, body: {}, headers: { 'content-type': 'application/merge-patch+json' } },
    })
  if (!resource.verbs.includes('get')) steps.push({ verb: 'refused', about: 'GET', request: { method: 'GET', path } })
  if (!resource.verbs.includes('list'))
    steps.push({ verb: 'refused', about: 'list', request: { method: 'GET', path: collection } })
  if (!resource.verbs.includes('delete'))
    steps.push({ verb: 'refused', about: 'DELETE', request: { method: 'DELETE', path } })
  steps.push(
    { verb: 'refused', about: 'a subresource that is not there', request: { method: 'GET', path: `${path}/unheard` } },
    { verb: 'refused', about: 'an unknown method', request: { method: 'PROPFIND', path: collection } },
  )
  return steps
}

export function readSteps(subject: Subject): Step[] {
  const { resource, collection, path, base } = subject
  if (base === undefined) return []
  const steps: Step[] = []
  const get = (verb: string, about: string, where: string, headers?: Record<string, string>) =>
    steps.push({ verb, about, request: { method: 'GET', path: where, ...(headers ? { headers } : {}) } })
  const [label, value] = Object.entries(base.metadata?.labels ?? {})[0] ?? ['app', 'x']
  const name = base.metadata?.name
  if (resource.verbs.includes('get')) {
    get('get', 'as JSON', path)
    get('get', 'pretty', `${path}?pretty=true`)
    get('get', 'version 0', `${path}?resourceVersion=0`)
    for (const [about, accept] of accepts) get('get', `as ${about}`, path, { accept })
  }
  if (resource.verbs.includes('list')) {
    get('list', 'as JSON', narrowed(subject))
    for (const [about, accept] of accepts) get('list', `as ${about}`, narrowed(subject), { accept })
    get('list', 'by label', `${collection}?labelSelector=${label}%3D${value}`)
    get('list', 'by label in a set', `${collection}?labelSelector=${label}%20in%20(${value},other)`)
    get(
      'list',
      'by label notin',
      `${collection}?labelSelector=${label}%20notin%20(${value}),kubernetes.io/metadata.name%2C!x`,
    )
    get('list', 'by name', `${collection}?fieldSelector=metadata.name%3D${name}`)
    get('list', 'by name and label', `${collection}?fieldSelector=metadata.name%3D${name}&labelSelector=nothing%3Dhere`)
    get('list', 'version 0', `${narrowed(subject)}&resourceVersion=0`)
    get('list', 'not older than 1', `${narrowed(subject)}&resourceVersion=1&resourceVersionMatch=NotOlderThan`)
    get('list', 'an empty page size', `${narrowed(subject)}&limit=0`)
    if (resource.namespaced) get('list', 'another namespace', collection.replace(subject.namespace, 'elsewhere'))
  }
  return steps
}

/** Only what this kind's steps made: cluster-wide kinds have objects of the bootstrap too, which their own case compares. */
const narrowed = (subject: Subject) => (subject.resource.namespaced ? `${subject.collection}?` : byName(subject))

const byName = ({ collection, base }: Subject) => `${collection}?fieldSelector=metadata.name%3D${base?.metadata?.name}`

/** Pages of one, each asked with the token of the page before. Cluster-wide kinds have objects that others' steps make and delete. */
export function pageSteps({ resource, collection, base }: Subject): Step[] {
  if (base === undefined || !resource.verbs.includes('list') || !resource.namespaced) return []
  const next = (about: string, query: string, keep: boolean): Step => ({
    verb: 'list',
    about,
    request: kept => {
      const token = kept.get('page')?.metadata?.continue
      return token === undefined
        ? undefined
        : { method: 'GET', path: `${collection}?${query}&continue=${encodeURIComponent(token)}` }
    },
    ...(keep ? { keep: 'page' } : {}),
  })
  return [
    { verb: 'list', about: 'a page of one', request: { method: 'GET', path: `${collection}?limit=1` }, keep: 'page' },
    next('a page with a version', 'limit=1&resourceVersion=1', false),
    next('a page with a match', 'limit=1&resourceVersion=1&resourceVersionMatch=Exact', false),
    next('the rest', 'limit=500', false),
    next('the next page', 'limit=1', true),
  ]
}

export function watchSteps(subject: Subject): Step[] {
  if (subject.base === undefined || !subject.resource.verbs.includes('watch')) return []
  const watch = (about: string, query: string, headers?: Record<string, string>, frames = 1): Step => ({
    verb: 'watch',
    about,
    request: { method: 'GET', path: `${byName(subject)}&${query}`, frames, ...(headers ? { headers } : {}) },
  })
  const initial = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=3'
  return [
    watch('from version 0', 'watch=1&resourceVersion=0&timeoutSeconds=3'),
    watch('as a Table', 'watch=1&resourceVersion=0&timeoutSeconds=3', {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    }),
    watch('as PartialObjectMetadata', 'watch=1&resourceVersion=0&timeoutSeconds=3', {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    }),
    watch('with initial events', `${initial}&allowWatchBookmarks=true`, undefined, 2),
    watch('as YAML', 'watch=1&resourceVersion=0&timeoutSeconds=1', { accept: 'application/yaml' }),
  ]
}
