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
import { validateImmutable, validateImmutablePart } from '../../../validation/immutable.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { CSIStorageCapacity } from '../../types.ts'

type Topology = CSIStorageCapacity['nodeTopology']

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

function validateTopologyUpdate(topology: Topology, old: Topology): FieldError[] {
  // an empty selector is all nodes, none is no node
  if (topology === undefined || old === undefined) return validateImmutable(topology, old, 'nodeTopology')
  return validateImmutablePart('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector', topology, old, 'nodeTopology')
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
    ...validateTopologyUpdate(object.nodeTopology, old.nodeTopology),
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
