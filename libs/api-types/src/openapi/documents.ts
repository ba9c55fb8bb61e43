import type { ResourceEntry } from '../catalogue/contract.ts'
import type { Schemas } from '../schema/schema.ts'
import { type Operation, operationsOf, patchName } from './operations.ts'
import { parameterV2, parameterV3 } from './parameters.ts'
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
]
const jsonTypes = ['application/json', 'application/yaml']

/** Definitions of these messages and all that they refer to, sorted. */
function definitions(
  names: Iterable<string>,
  entries: readonly ResourceEntry[],
  schemas: Schemas,
  describe: Describe,
  dialect: Dialect,
): Record<string, SchemaObject> {
  const kinds = new Map<string, { group: string; kind: string; version: string }>()
  for (const { schema, group, kind, version } of entries) {
    kinds.set(schema, { group, kind, version })
    kinds.set(`${schema}List`, { group, kind: `${kind}List`, version })
  }
  kinds.set('io.k8s.apimachinery.pkg.apis.meta.v1.Status', { group: '', kind: 'Status', version: 'v1' })
  kinds.set('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', { group: '', kind: 'DeleteOptions', version: 'v1' })
  kinds.set('io.k8s.api.policy.v1.Eviction', { group: 'policy', kind: 'Eviction', version: 'v1' })
  const found = new Map<string, SchemaObject>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    const special =
      name === patchName ? { description: 'A patch to the object.', type: 'object' } : namedScalarSchema(name, dialect)
    if (special !== undefined) {
      found.set(name, special)
      continue
    }
    const message = schemas.message(name)
    const kind = kinds.get(name)
    const schema = messageSchema(message, describe, dialect)
    found.set(name, kind === undefined ? schema : { ...schema, 'x-kubernetes-group-version-kind': [kind] })
    for (const field of message.fields) {
      let { type } = field
      while (type.of === 'list' || type.of === 'map') type = type.item
      const reference = referenceOf(type)
      if (reference !== undefined) open.push(reference)
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function mentioned(operations: readonly Operation[]): Set<string> {
  return new Set(operations.flatMap(({ body, answer }) => [body, answer].filter(name => name !== undefined)))
}

function operationV3(operation: Operation): SchemaObject {
  const { id, action, description, tag, kind, parameters, body, answer, method } = operation
  const content = (types: readonly string[], name: string) =>
    Object.fromEntries(types.map(type => [type, { schema: { $ref: dialectV3.refPrefix + name } }]))
  const text = { '*/*': { schema: { type: 'string' } } }
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
      '200': { description: 'OK', content: answer === undefined ? text : content(jsonTypes, answer) },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  }
}

function operationV2(operation: Operation): SchemaObject {
  const { id, action, description, tag, kind, parameters, body, answer, method } = operation
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
    consumes: method === 'patch' ? patchTypes : ['*/*'],
    produces: answer === undefined ? ['*/*'] : jsonTypes,
    schemes: ['https'],
    parameters: [...inBody, ...parameters.map(parameterV2)],
    responses: { '200': { description: 'OK', schema }, '401': { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  }
}

function pathsOf(
  operations: readonly Operation[],
  one: (operation: Operation) => SchemaObject,
  parameter: typeof parameterV3,
): Record<string, SchemaObject> {
  const paths = new Map<string, SchemaObject>()
  for (const operation of operations) {
    const item = paths.get(operation.path) ?? { parameters: operation.pathParameters.map(parameter) }
    item[operation.method] = one(operation)
    paths.set(operation.path, item)
  }
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export interface DocumentOptions {
  readonly entries: readonly ResourceEntry[]
  readonly schemas: Schemas
  readonly describe: Describe
  /** `v1.36.0+kubets` */
  readonly version: string
}

/** OpenAPI v3 of these entries: those of one group version. */
export function documentV3({ entries, schemas, describe, version }: DocumentOptions): SchemaObject {
  const operations = entries.flatMap(operationsOf)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: pathsOf(operations, operationV3, parameterV3),
    components: {
      schemas: definitions(mentioned(operations), entries, schemas, describe, dialectV3),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  }
}

/** OpenAPI v2 of all entries. */
export function documentV2({ entries, schemas, describe, version }: DocumentOptions): SchemaObject {
  const operations = entries.flatMap(operationsOf)
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: pathsOf(operations, operationV2, parameterV2),
    definitions: definitions(mentioned(operations), entries, schemas, describe, dialectV2),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  }
}
