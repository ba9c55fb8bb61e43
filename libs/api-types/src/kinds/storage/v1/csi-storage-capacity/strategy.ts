import {
  type FieldError,
  field,
  isDns1123Subdomain,
  mustNotBeNegative,
  nameIsDnsSubdomain,
  Quantity,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { deprecatedNodeLabel } from '../../../core/v1/node/deprecated-labels.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { CSIStorageCapacity } from '../../types.ts'

function validateFields(object: CSIStorageCapacity, old?: CSIStorageCapacity): FieldError[] {
  const { nodeTopology, storageClassName = '', capacity } = object
  // what was stored under looser rules may stay
  const allowInvalidValues = old !== undefined && validateLabelSelector(old.nodeTopology, '').length > 0
  const errors = validateLabelSelector(nodeTopology, 'nodeTopology', { allowInvalidValues })
  for (const message of isDns1123Subdomain(storageClassName)) {
    errors.push(field.invalid('storageClassName', storageClassName, message))
  }
  if (capacity !== undefined) {
    const quantity = Quantity.parse(capacity)
    if (quantity.compare(Quantity.parse('0')) < 0) {
      errors.push(field.invalid('capacity', quantity.toString(), mustNotBeNegative))
    }
  }
  return errors
}

export const strategy: Strategy<CSIStorageCapacity> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateBuiltinMeta(object.metadata, true, nameIsDnsSubdomain), ...validateFields(object)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateFields(object, old),
    ...validateImmutable(object.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...validateImmutable(object.storageClassName ?? '', old.storageClassName ?? '', 'storageClassName'),
  ],
  warnings: ({ nodeTopology: { matchExpressions = [], matchLabels = {} } = {} }) => [
    ...matchExpressions.flatMap(({ key }, index) => {
      const text = deprecatedNodeLabel(key)
      return text === undefined ? [] : [`nodeTopology.matchExpressions[${index}].key: ${key} is ${text}`]
    }),
    ...Object.keys(matchLabels).flatMap(key => {
      const text = deprecatedNodeLabel(key)
      return text === undefined ? [] : [`nodeTopology.matchLabels.${key}: ${text}`]
    }),
  ],
}
