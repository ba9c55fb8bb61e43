import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameDefinition } from '../../same-definition.ts'
import type { CustomResourceDefinition } from '../../types.ts'
import { storeInStorageVersion } from './defaults.ts'
import { markForCleanup } from './deletion.ts'
import { validateDefinition, validateDefinitionUpdate, validateStatusUpdate } from './validation/index.ts'
import { formatWarnings } from './warnings.ts'

export const strategy: Strategy<CustomResourceDefinition> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(definition) {
    delete definition.status
    firstGeneration(definition)
    storeInStorageVersion(definition)
  },
  prepareForUpdate(definition, old, { subresource }) {
    // upstream lets a status update change metadata
    if (subresource === 'status') return keep(definition, old, 'spec')
    keep(definition, old, 'status')
    countGeneration(definition, old, !sameDefinition(definition.spec, old.spec))
    storeInStorageVersion(definition)
  },
  validate: validateDefinition,
  validateUpdate: (definition, old, { subresource }) =>
    subresource === 'status' ? validateStatusUpdate(definition, old) : validateDefinitionUpdate(definition, old),
  warnings: formatWarnings,
  beginDelete: markForCleanup,
}
