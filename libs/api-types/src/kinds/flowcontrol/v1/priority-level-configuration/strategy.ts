import {
  type FieldError,
  field,
  nameIsDnsSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import type { PriorityLevelConfiguration } from '../../types.ts'
import { validateConditions } from '../conditions.ts'
import { replaceMetadata } from '../status-metadata.ts'
import { validateSpec } from './validation.ts'

/** Only the conversion of v1beta3 knew it; it must not come from outside. */
const roundTripAnnotation = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares'

function validate({ metadata, spec, status }: PriorityLevelConfiguration): FieldError[] {
  const errors: FieldError[] = []
  if (metadata?.annotations?.[roundTripAnnotation] !== undefined) {
    errors.push(field.forbidden('metadata.annotations', `annotation '${roundTripAnnotation}' is forbidden`))
  }
  errors.push(...validateSpec(metadata?.name ?? '', spec ?? {}), ...validateConditions(status?.conditions))
  return errors
}

const sameSpec = sameMessage('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec')

export const strategy: Strategy<PriorityLevelConfiguration> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(object) {
    object.status = {}
    firstGeneration(object)
  },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource === 'status') {
      replaceMetadata(object, old)
      return keep(object, old, 'spec')
    }
    keep(object, old, 'status')
    countGeneration(object, old, !sameSpec(object.spec, old.spec))
  },
  validate: object => [...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain), ...validate(object)],
  validateUpdate(object, old, { subresource }) {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    const rest = subresource === 'status' ? validateConditions(object.status?.conditions) : validate(object)
    return [...errors, ...rest]
  },
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
