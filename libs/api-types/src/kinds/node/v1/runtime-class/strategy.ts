import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  nameIsDnsSubdomain,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Toleration } from '../../../../wire.ts'
import { deprecatedNodeLabel } from '../../../core/v1/node/deprecated-labels.ts'
import { each } from '../../../core/v1/pod/validation/checks.ts'
import { validateResources } from '../../../core/v1/pod/validation/resources.ts'
import { validateTolerations } from '../../../core/v1/pod/validation/tolerations.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import type { RuntimeClass } from '../../types.ts'

function validateFields({ handler = '', overhead, scheduling }: RuntimeClass): FieldError[] {
  const errors = handler === '' ? [field.required('handler')] : each('handler', handler, isDns1123Label(handler))
  // limits without requests, judged as a container's
  if (overhead?.podFixed) append(errors, validateResources({ limits: overhead.podFixed }, 'overhead'))
  if (scheduling === undefined) return errors
  const tolerations = 'scheduling.tolerations'
  return [
    ...errors,
    ...validateLabels(scheduling.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling.tolerations, tolerations),
    ...validateDistinct(scheduling.tolerations ?? [], tolerations),
  ]
}

function validateDistinct(tolerations: readonly Toleration[], path: string): FieldError[] {
  const seen = new Set<string>()
  return tolerations.flatMap((toleration, index) => {
    const { key = '', operator = '', value = '', effect = '' } = toleration
    const all = JSON.stringify([key, operator, value, effect])
    if (seen.has(all)) {
      return [field.duplicate(`${path}[${index}]`, internalForm('io.k8s.api.core.v1.Toleration', toleration))]
    }
    seen.add(all)
    return []
  })
}

export const strategy: Strategy<RuntimeClass> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain), ...validateFields(object)],
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateFields(object),
    ...validateImmutable(object.handler ?? '', old.handler ?? '', 'handler'),
  ],
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap(key => {
      const text = deprecatedNodeLabel(key)
      return text === undefined ? [] : [`scheduling.nodeSelector: ${text}`]
    }),
}
