import { ipWarnings, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Endpoints } from '../../../../wire.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateSubsets } from './validation.ts'

const managedBy = 'endpoints.kubernetes.io/managed-by'

export const strategy: Strategy<Endpoints> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateBuiltinMeta(object.metadata, true, nameIsDnsSubdomain), ...validateSubsets(object)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateSubsets(object, old),
  ],
  warnings({ metadata, subsets = [] }) {
    // the controller writes addresses as they should be
    if (metadata?.labels?.[managedBy] === 'endpoint-controller') return []
    return subsets.flatMap((subset, i) =>
      (['addresses', 'notReadyAddresses'] as const).flatMap(list =>
        (subset[list] ?? []).flatMap(({ ip }, j) => ipWarnings(`subsets[${i}].${list}[${j}].ip`, ip ?? '')),
      ),
    )
  },
}
