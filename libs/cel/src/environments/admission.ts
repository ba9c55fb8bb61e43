import type { TypeProvider } from '../check/declarations.ts'
import type { Environment } from '../check/environment.ts'
import { dynType, listType, mapType, stringType, structType, type Type } from '../check/types.ts'
import { authorization, authorizerType, jsonPatchKeys } from '../functions/authorization.ts'
import { baseEnvironment } from '../functions/index.ts'
import { type DeclaredType, declared, declaredList, declaredMap, declaredStruct, providerOf } from './declared-type.ts'

const { string, timestamp, int, bool, dyn } = declared
const strings = declaredList(string)
const stringMap = declaredMap(string, string)

const groupVersionKind = declaredStruct('kubernetes.GroupVersionKind', { group: string, version: string, kind: string })
const groupVersionResource = declaredStruct('kubernetes.GroupVersionResource', {
  group: string,
  version: string,
  resource: string,
})
const userInfo = declaredStruct('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: strings,
  extra: declaredMap(string, strings),
})
const request = declaredStruct('kubernetes.AdmissionRequest', {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: string,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo,
  dryRun: bool,
  options: dyn,
})

const namespace = declaredStruct('kubernetes.Namespace', {
  metadata: declaredStruct('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: stringMap,
    annotations: stringMap,
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: strings,
  }),
  spec: declaredStruct('kubernetes.NamespaceSpec', { finalizers: strings }),
  status: declaredStruct('kubernetes.NamespaceStatus', {
    conditions: declaredList(
      declaredStruct('kubernetes.NamespaceCondition', {
        status: string,
        type: string,
        lastTransitionTime: timestamp,
        message: string,
        reason: string,
      }),
    ),
    phase: string,
  }),
})

/** Which variables the expressions of a policy or webhook see beside `object`, `oldObject`, `namespaceObject` and `request`. */
export interface AdmissionVariables {
  params: boolean
  authorizer: boolean
  /** `Object{}` and `JSONPatch{}`, for mutations. */
  patches?: boolean
  /** Types of `variables.name`. */
  variables?: ReadonlyMap<string, Type>
  /** What is known of `object` and `oldObject`, and of `params`: expressions are checked against it, which never refuses a policy. */
  types?: { readonly object?: DeclaredType | undefined; readonly params?: DeclaredType | undefined }
}

const variablesType = structType('kubernetes.variables')
const requestResource = authorization.types?.get('resource') as Type

export function admissionEnvironment(given: AdmissionVariables): Environment {
  const { types = {} } = given
  const { object = dyn, params = dyn } = types
  const provider = providerOf(request, namespace, object, params)
  return baseEnvironment.extend({
    variables: {
      object: object.type,
      oldObject: object.type,
      namespaceObject: namespace.type,
      request: request.type,
      ...(given.params ? { params: params.type } : {}),
      ...(given.authorizer ? { authorizer: authorizerType } : {}),
      // upstream has forgotten it where types are checked
      ...(given.authorizer && given.types === undefined ? { 'authorizer.requestResource': requestResource } : {}),
      ...(given.variables === undefined ? {} : { variables: variablesType }),
    },
    libraries: given.patches ? [jsonPatchKeys] : [],
    provider: combined(given.patches ? withPatches(provider) : provider, given.variables),
  })
}

/** The policy's own variables are fields of one struct. */
function combined(provider: TypeProvider, variables: ReadonlyMap<string, Type> | undefined): TypeProvider {
  if (variables === undefined) return provider
  return {
    findStruct: name => (name === variablesType.name ? variablesType : provider.findStruct(name)),
    findField: (typeName, field) =>
      typeName === variablesType.name ? variables.get(field) : provider.findField(typeName, field),
  }
}

const jsonPatch = structType('JSONPatch')
const patchFields = new Map<string, Type>([
  ['op', stringType],
  ['path', stringType],
  ['from', stringType],
  ['value', dynType],
])

/** What a mutation evaluates to: an apply configuration, or a list of operations. */
export const applyConfigurationType = structType('Object')
export const jsonPatchListType = listType(jsonPatch)

const isObject = (name: string) => name === 'Object' || name.startsWith('Object.')

function withPatches(provider: TypeProvider): TypeProvider {
  return {
    findStruct: name => {
      if (name === jsonPatch.name) return jsonPatch
      return isObject(name) ? structType(name) : provider.findStruct(name)
    },
    findField: (typeName, field) => {
      if (typeName === jsonPatch.name) return patchFields.get(field)
      return isObject(typeName) ? dynType : provider.findField(typeName, field)
    },
  }
}

/** The type that a variable has for later expressions: structs and what libraries know become dyn. */
export function variableType(type: Type): Type {
  switch (type.kind) {
    case 'list':
      return listType(variableType(type.parameters[0] as Type))
    case 'map':
      return mapType(variableType(type.parameters[0] as Type), variableType(type.parameters[1] as Type))
    case 'struct':
    case 'opaque':
    case 'type':
      return dynType
    default:
      return type
  }
}
