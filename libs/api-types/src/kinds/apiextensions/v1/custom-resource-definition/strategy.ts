import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { loadCel } from '../../../validation/cel/library.ts'
import { takesLong } from '../../../validation/effort.ts'
import { internalSpec, schemasOf } from '../../internal-spec.ts'
import { type JsonSchema, someSchema } from '../../json-schema.ts'
import { sameDefinition } from '../../same-definition.ts'
import type { CustomResourceDefinition } from '../../types.ts'
import { storeInStorageVersion } from './defaults.ts'
import { markForCleanup } from './deletion.ts'
import { validateDefinition, validateDefinitionUpdate, validateStatusUpdate } from './validation/index.ts'
import { formatWarnings } from './warnings.ts'

/** What one schema takes, in microseconds (measured). */
const perSchema = 8

/** It has rules, or patterns, whose engine comes with CEL's functions. */
const needsCel = (schema: JsonSchema) =>
  someSchema(schema, each => (each['x-kubernetes-validations'] ?? []).length > 0 || Boolean(each.pattern))

export const strategy: Strategy<CustomResourceDefinition> = {
  ready: ({ spec }) => (schemasOf(internalSpec(spec)).some(needsCel) ? loadCel() : undefined),
  isHeavy: ({ spec }, { subresource }) => subresource !== 'status' && takesLong(spec?.versions, perSchema),
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
