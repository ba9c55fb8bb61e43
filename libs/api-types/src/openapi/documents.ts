import { append } from '@kubets/apimachinery'
import type { ResourceEntry } from '../catalogue/contract.ts'
import type { Schemas } from '../schema/schema.ts'
import { everyGroupVersion, type GroupVersion, groupVersionsOf } from './group-versions.ts'
import { discoveryOperation, type Operation, operationsOf, patchName, prefixOf, tagOf } from './operations.ts'
import { type OuterPath, outerPathV2, outerPathV3, versionDefinition } from './outer-paths.ts'
import { byName, type Parameter, parameterV2, parameterV3 } from './parameters.ts'
import {
  type Describe,
  type Dialect,
  messageSchema,
  namedScalarSchema,
  referenceOf,
  type SchemaObject,
} from './schema-object.ts'

export const dialectV3: Dialect = { refPrefix: '#/components/schemas/', oneOf: true }
export const dialectV2: Dialect = { refPrefix: '#/definitions/', oneOf: false }

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** A piece of work in small steps: whoever runs it decides after each whether others come first. */
export type Steps<T> = Generator<void, T>

/** Definitions of these messages and all that they refer to, sorted. */
function* definitions(
  names: Iterable<string>,
  { entries, all, schemas, describe }: Omit<DocumentOptions, 'version'>,
  dialect: Dialect,
): Steps<Record<string, SchemaObject>> {
  // a v3 document is of one group version; v2 knows every one that there ever was
  const kinds = kindsOf(dialect === dialectV2 ? everyGroupVersion(all) : groupVersionsOf(entries), all)
  const found = new Map<string, SchemaObject>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    yield
    const special =
      name === patchName ? { description: 'A patch to the object.', type: 'object' } : namedScalarSchema(name, dialect)
    if (special !== undefined) {
      found.set(name, special)
      continue
    }
    const message = schemas.message(name)
    const kind = kinds.get(name)
    const schema = messageSchema(message, describe, dialect)
    found.set(name, kind === undefined ? schema : { ...schema, 'x-kubernetes-group-version-kind': kind })
    for (const field of message.fields) {
      let { type } = field
      while (type.of === 'list' || type.of === 'map') type = type.item
      const reference = referenceOf(type)
      if (reference !== undefined) open.push(reference)
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Gvk = { group: string; kind: string; version: string }

/** Which kinds a message is; those that every group has, in these groups. */
function kindsOf(
  groupVersions: readonly GroupVersion[],
  all: readonly ResourceEntry[],
): ReadonlyMap<string, readonly Gvk[]> {
  const kinds = new Map<string, readonly Gvk[]>()
  for (const { schema, group, kind, version, subresources } of all) {
    kinds.set(schema, [{ group, kind, version }])
    kinds.set(`${schema}List`, [{ group, kind: `${kind}List`, version }])
    for (const sub of Object.values(subresources)) {
      const name = `io.k8s.api.${sub.group === '' ? 'core' : sub.group.split('.')[0]}.${sub.version}.${sub.kind}`
      if (!kinds.has(name)) kinds.set(name, [{ group: sub.group, kind: sub.kind, version: sub.version }])
    }
  }
  const meta = (kind: string) => `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`
  const core = (kind: string) => ({ group: '', kind, version: 'v1' })
  for (const kind of ['Status', 'APIVersions', 'APIGroup', 'APIGroupList', 'APIResourceList'])
    kinds.set(meta(kind), [core(kind)])
  // every group version has these two
  for (const kind of ['DeleteOptions', 'WatchEvent'])
    kinds.set(meta(kind), [core(kind), ...groupVersions.map(({ group, version }) => ({ group, kind, version }))])
  return kinds
}

function mentioned(operations: readonly Operation[]): Set<string> {
  return new Set(operations.flatMap(({ body, answer }) => [body, answer].filter(name => name !== undefined)))
}

const said = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const

const extensions = ({ action, kind }: Operation) => ({
  ...(action === undefined ? {} : { 'x-kubernetes-action': action }),
  ...(kind === undefined ? {} : { 'x-kubernetes-group-version-kind': kind }),
})

function operationV3(operation: Operation, parameters: readonly Parameter[]): SchemaObject {
  const { id, description, tag, body, answer, method, produces, codes } = operation
  const content = (types: readonly string[], name: string) =>
    Object.fromEntries(types.map(type => [type, { schema: { $ref: dialectV3.refPrefix + name } }]))
  const text = Object.fromEntries(produces.map(type => [type, { schema: { type: 'string' } }]))
  const answered = answer === undefined ? text : content(produces, answer)
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterV3) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: content(method === 'patch' ? patchTypes : ['*/*'], body),
            ...(method === 'delete' ? {} : { required: true }),
          },
        }),
    responses: {
      ...Object.fromEntries(codes.map(code => [code, { description: said[code], content: answered }])),
      '401': { description: 'Unauthorized' },
    },
    ...extensions(operation),
  }
}

function operationV2(operation: Operation, parameters: readonly Parameter[]): SchemaObject {
  const { id, description, tag, body, answer, method, produces, codes } = operation
  const ref = (name: string) => ({ $ref: dialectV2.refPrefix + name })
  const inBody =
    body === undefined
      ? []
      : [{ in: 'body', name: 'body', ...(method === 'delete' ? {} : { required: true }), schema: ref(body) }]
  const schema = answer === undefined ? { type: 'string' } : ref(answer)
  return {
    tags: [tag],
    description,
    operationId: id,
    consumes: consumesOf(operation),
    produces,
    schemes: ['https'],
    ...(inBody.length + parameters.length === 0 ? {} : { parameters: [...inBody, ...parameters.map(parameterV2)] }),
    responses: {
      ...Object.fromEntries(codes.map(code => [code, { description: said[code], schema }])),
      '401': { description: 'Unauthorized' },
    },
    ...extensions(operation),
  }
}

/** v2: what a method reads. Discovery names what it writes, though it reads nothing. */
function consumesOf({ action, method, produces }: Operation): readonly string[] {
  if (action === undefined) return produces
  return method === 'patch' && action !== 'connect' ? patchTypes : ['*/*']
}

/** Operations by path. What all methods of a path take stands at the path, the rest at the method. */
function* pathsOf(
  operations: readonly Operation[],
  one: (operation: Operation, parameters: readonly Parameter[]) => SchemaObject,
  parameter: typeof parameterV3,
): Steps<Record<string, SchemaObject>> {
  const paths: [string, SchemaObject][] = []
  for (const [path, methods] of Map.groupBy(operations, ({ path }) => path)) {
    yield
    const [first, ...others] = methods.map(({ parameters }) => parameters)
    const shared = (first ?? []).filter(one => others.every(list => list.some(other => isSame(one, other))))
    const item: SchemaObject = {}
    for (const operation of methods) {
      const own = operation.parameters.filter(one => !shared.some(other => isSame(one, other)))
      item[operation.method] = one(operation, own.sort(byName))
    }
    if (shared.length > 0) item.parameters = shared.sort(byName).map(parameter)
    paths.push([path, item])
  }
  return Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const sorted = <T>(members: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))

const isSame = (a: Parameter, b: Parameter) => a.name === b.name && a.in === b.in

export interface DocumentOptions {
  readonly entries: readonly ResourceEntry[]
  /** Entries of all groups: a document may refer to the kinds of others. */
  readonly all: readonly ResourceEntry[]
  readonly schemas: Schemas
  readonly describe: Describe
  /** `v1.36.0+kubets` */
  readonly version: string
}

/** OpenAPI v3 of these entries: those of one group version. */
export function* documentV3(options: DocumentOptions): Steps<SchemaObject> {
  const { entries, schemas } = options
  const [{ group, version: apiVersion } = { group: '', version: '' }] = entries
  const operations = [resourceList(group, apiVersion), ...(yield* operationsOfAll(entries, schemas))]
  return yield* discoveryV3(options, operations)
}

function* operationsOfAll(entries: readonly ResourceEntry[], schemas: Schemas): Steps<Operation[]> {
  const operations: Operation[] = []
  for (const entry of entries) {
    yield
    append(operations, operationsOf(entry, schemas.message))
  }
  return operations
}

const resourceList = (group: string, version: string) =>
  discoveryOperation(
    group === '' ? `/api/${version}/` : `/apis/${group}/${version}/`,
    `get${prefixOf(group, version)}APIResources`,
    `${tagOf(group)}_${version}`,
    'get available resources',
    'APIResourceList',
  )

/** The documents of what stands above group versions: `api`, `apis`, `apis/<group>`. */
export function rootDocumentV3(
  options: DocumentOptions,
  root: 'api' | 'apis' | { group: string },
): Steps<SchemaObject> {
  return discoveryV3(options, [rootOperation(root)])
}

function rootOperation(root: 'api' | 'apis' | { group: string }): Operation {
  const versions = 'get available API versions'
  if (root === 'api') return discoveryOperation('/api/', 'getCoreAPIVersions', 'core', versions, 'APIVersions')
  if (root === 'apis') return discoveryOperation('/apis/', 'getAPIVersions', 'apis', versions, 'APIGroupList')
  const { group } = root
  return discoveryOperation(
    `/apis/${group}/`,
    `get${prefixOf(group, '')}APIGroup`,
    tagOf(group),
    'get information of a group',
    'APIGroup',
  )
}

/** The document of a path outside of the API's own. */
export function* outerDocumentV3({ version }: Pick<DocumentOptions, 'version'>, outer: OuterPath): Steps<SchemaObject> {
  yield
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: outerPathV3(outer),
    components: { ...(outer.answer === undefined ? {} : { schemas: versionDefinition('v3') }), securitySchemes },
  }
}

const securitySchemes = {
  BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
}

function* discoveryV3(
  { entries, all, schemas, describe, version }: DocumentOptions,
  operations: readonly Operation[],
): Steps<SchemaObject> {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: yield* pathsOf(operations, operationV3, parameterV3),
    components: {
      schemas: yield* definitions(mentioned(operations), { entries, all, schemas, describe }, dialectV3),
      securitySchemes,
    },
  }
}

/** OpenAPI v2 of all entries. */
export function* documentV2(
  { entries, all, schemas, describe, version }: DocumentOptions,
  outer: readonly OuterPath[],
): Steps<SchemaObject> {
  const groups = new Set(entries.map(e => e.group))
  const operations = [
    ...(groups.has('') ? [rootOperation('api')] : []),
    rootOperation('apis'),
    ...[...groups].filter(group => group !== '').map(group => rootOperation({ group })),
    ...[...Map.groupBy(entries, e => `${e.group}/${e.version}`).values()].map(([entry]) =>
      resourceList(entry?.group ?? '', entry?.version ?? ''),
    ),
    ...(yield* operationsOfAll(entries, schemas)),
  ]
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: sorted({
      ...(yield* pathsOf(operations, operationV2, parameterV2)),
      ...Object.assign({}, ...outer.map(outerPathV2)),
    }),
    definitions: sorted({
      ...(yield* definitions(mentioned(operations), { entries, all, schemas, describe }, dialectV2)),
      ...versionDefinition('v2'),
    }),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  }
}
