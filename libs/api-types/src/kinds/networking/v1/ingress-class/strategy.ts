import {
  append,
  type FieldError,
  field,
  immutable,
  isDns1123Label,
  isDns1123Subdomain,
  nameIsDnsSubdomain,
  nameIsPathSegment,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateDomainPrefixedPath } from '../../../validation/domain-prefixed-path.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { IngressClass } from '../../types.ts'

type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>

const maxController = 250
const scopes = ['Cluster', 'Namespace']
const path = 'spec.parameters'

function validateParameters({ apiGroup, kind, name, scope, namespace }: Parameters): FieldError[] {
  const errors: FieldError[] = []
  if (apiGroup !== undefined && apiGroup !== null) {
    append(
      errors,
      isDns1123Subdomain(apiGroup).map(text => field.invalid(`${path}.apiGroup`, apiGroup, text)),
    )
  }
  for (const [part, value] of Object.entries({ kind, name })) {
    if (!value) errors.push(field.required(`${path}.${part}`))
    else
      append(
        errors,
        nameIsPathSegment(value, false).map(text => field.invalid(`${path}.${part}`, value, text)),
      )
  }
  if (scope === undefined) errors.push(field.required(`${path}.scope`))
  else if (!scopes.includes(scope)) errors.push(field.notSupported(`${path}.scope`, scope, scopes))
  else if (scope === 'Namespace') {
    if (namespace === undefined) {
      errors.push(field.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"))
    } else
      append(
        errors,
        isDns1123Label(namespace).map(text => field.invalid(`${path}.namespace`, namespace, text)),
      )
  } else if (namespace !== undefined) {
    errors.push(field.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  }
  return errors
}

function validateSpec({ spec }: IngressClass): FieldError[] {
  const { controller = '', parameters } = spec ?? {}
  const errors: FieldError[] = []
  if (Buffer.byteLength(controller) > maxController) errors.push(field.tooLong('spec.controller', maxController))
  append(errors, validateDomainPrefixedPath(controller, 'spec.controller'))
  if (parameters !== undefined) append(errors, validateParameters(parameters))
  return errors
}

const sameSpec = sameMessage('io.k8s.api.networking.v1.IngressClassSpec')

export const strategy: Strategy<IngressClass> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: firstGeneration,
  prepareForUpdate: (object, old) => countGeneration(object, old, !sameSpec(object.spec, old.spec)),
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validateSpec(object)],
  validateUpdate(object, old) {
    const errors = validateBuiltinMetaUpdate(object.metadata, old.metadata)
    const { controller = '' } = object.spec ?? {}
    if (controller !== (old.spec?.controller ?? '')) {
      errors.push(field.invalid('spec.controller', controller, immutable))
    }
    return [...errors, ...validateSpec(object)]
  },
}
