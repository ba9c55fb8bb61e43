import type { ResourceEntry, Verb } from '@kubets/api-types'
import type { Json } from './component-schemas.ts'

const query = (name: string, type: string, description: string): Json => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
})
const inPath = (name: string, description: string): Json => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
})

const pretty = query('pretty', 'string', 'If not false, the answer is printed with line breaks and indents.')
const writing = [
  query('dryRun', 'string', 'All: everything is done but the write itself.'),
  query('fieldManager', 'string', 'The name of who makes the change.'),
  query(
    'fieldValidation',
    'string',
    'What happens with unknown and duplicate fields: Ignore, Warn (default) or Strict.',
  ),
]
const listing = [
  query('allowWatchBookmarks', 'boolean', 'The watch may send BOOKMARK events.'),
  query('continue', 'string', 'The next page of a list that was limited.'),
  query('fieldSelector', 'string', 'Only objects with these fields.'),
  query('labelSelector', 'string', 'Only objects with these labels.'),
  query('limit', 'integer', 'At most so many objects; the answer says how to go on.'),
  query('resourceVersion', 'string', 'The revision to read at.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'The watch begins with the present objects.'),
  query('timeoutSeconds', 'integer', 'How long the watch lasts.'),
  query('watch', 'boolean', 'Changes instead of a list.'),
]
const deleting = [
  query('dryRun', 'string', 'All: everything is done but the write itself.'),
  query('gracePeriodSeconds', 'integer', 'Seconds until the object is gone; 0 at once.'),
  query('propagationPolicy', 'string', 'What becomes of the dependents: Orphan, Background or Foreground.'),
]

interface Method {
  readonly http: string
  readonly verb: Verb
  readonly action: string
  readonly collection: boolean
  readonly parameters: readonly Json[]
}

const methods: readonly Method[] = [
  { http: 'get', verb: 'list', action: 'list', collection: true, parameters: listing },
  { http: 'post', verb: 'create', action: 'post', collection: true, parameters: writing },
  {
    http: 'delete',
    verb: 'deletecollection',
    action: 'deletecollection',
    collection: true,
    parameters: [...listing, ...deleting],
  },
  { http: 'get', verb: 'get', action: 'get', collection: false, parameters: [] },
  { http: 'put', verb: 'update', action: 'put', collection: false, parameters: writing },
  {
    http: 'patch',
    verb: 'patch',
    action: 'patch',
    collection: false,
    parameters: [...writing, query('force', 'boolean', 'Takes fields over from other managers (apply).')],
  },
  { http: 'delete', verb: 'delete', action: 'delete', collection: false, parameters: deleting },
]

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

/** The paths of one group version, as OpenAPI v3 writes them. */
export function pathsOf(entries: readonly ResourceEntry[], refs: string): Json {
  const paths: Json = {}
  for (const entry of entries) {
    const root = entry.group === '' ? `/api/${entry.version}` : `/apis/${entry.group}/${entry.version}`
    const scope = entry.namespaced ? `${root}/namespaces/{namespace}/${entry.resource}` : `${root}/${entry.resource}`
    const scopeParameters = entry.namespaced
      ? [inPath('namespace', 'object name and auth scope, such as for teams and projects')]
      : []
    const name = inPath('name', `name of the ${entry.kind}`)
    paths[scope] = pathItem(
      entry,
      methods.filter(m => m.collection),
      scopeParameters,
      refs,
    )
    if (entry.stored)
      paths[`${scope}/{name}`] = pathItem(
        entry,
        methods.filter(m => !m.collection),
        [...scopeParameters, name],
        refs,
      )
    if (entry.namespaced && entry.verbs.includes('list'))
      paths[`${root}/${entry.resource}`] = pathItem(
        entry,
        methods.filter(m => m.verb === 'list'),
        [],
        refs,
      )
    for (const [sub, { verbs, group, version, kind }] of Object.entries(entry.subresources)) {
      const gvk = { group, version, kind }
      const wanted = methods.filter(m => (m.collection ? m.verb === 'create' : true) && verbs.includes(m.verb))
      paths[`${scope}/{name}/${sub}`] = item(wanted, gvk, entry.schema, [...scopeParameters, name], refs)
    }
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function pathItem(
  entry: ResourceEntry,
  candidates: readonly Method[],
  parameters: readonly Json[],
  refs: string,
): Json {
  const { group, version, kind } = entry
  return item(
    candidates.filter(m => entry.verbs.includes(m.verb)),
    { group, version, kind },
    entry.schema,
    parameters,
    refs,
  )
}

function item(used: readonly Method[], gvk: Json, schema: string, parameters: readonly Json[], refs: string): Json {
  const operations = used.map(method => {
    const body = bodyOf(method, schema, refs)
    const answered = method.verb === 'list' ? `${schema}List` : schema
    return [
      method.http,
      {
        ...(method.parameters.length > 0 ? { parameters: method.parameters } : {}),
        ...(body === undefined ? {} : { requestBody: body }),
        responses: {
          '200': { description: 'OK', content: { 'application/json': { schema: { $ref: refs + answered } } } },
          '401': { description: 'Unauthorized' },
        },
        'x-kubernetes-action': method.action,
        'x-kubernetes-group-version-kind': gvk,
      },
    ] as const
  })
  return { ...Object.fromEntries(operations), parameters: [...parameters, pretty] }
}

function bodyOf({ verb }: Method, schema: string, refs: string): Json | undefined {
  if (verb === 'patch')
    return {
      required: true,
      content: Object.fromEntries(patchTypes.map(type => [type, { schema: { type: 'object' } }])),
    }
  if (verb === 'create' || verb === 'update')
    return { required: true, content: { '*/*': { schema: { $ref: refs + schema } } } }
  return undefined
}
