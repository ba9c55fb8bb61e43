import { type FieldError, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../catalogue/contract.ts'
import type { KubeObject } from '../../../wire.ts'
import { keep } from '../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../generation.ts'
import { sameMessage } from '../../same-message.ts'
import { validateBuiltinMeta } from '../../validation/object-meta.ts'
import type { FlowSchema } from '../types.ts'
import { validateConditions } from './conditions.ts'
import { replaceMetadata } from './status-metadata.ts'

/** What both kinds of flow control share. `specSchema` compares specs as they would be stored; `validate` has the kind's own rules. */
export function flowControlStrategy<T extends KubeObject & { spec?: unknown; status?: FlowSchema['status'] }>(
  specSchema: string,
  validate: (object: T) => readonly FieldError[],
): Strategy<T> {
  const sameSpec = sameMessage(specSchema)
  return {
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
    validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validate(object)],
    validatesMetaUpdate: false,
    validateUpdate: (object, _old, { subresource }) =>
      subresource === 'status'
        ? validateConditions(object.status?.conditions)
        : [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validate(object)],
    resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
  }
}
