import { type FieldError, nameIsDnsSubdomain, semanticEqual, validateObjectMeta } from '@kubets/apimachinery'
import type { Strategy } from '../../catalogue/contract.ts'
import type { KubeObject } from '../../wire.ts'
import { countGeneration, firstGeneration } from '../generation.ts'
import { loadCel } from '../validation/cel/library.ts'
import { hasExpressions } from '../validation/effort.ts'
import { reservedNameWarnings } from './reserved-name.ts'

/** The strategy of policies and bindings: what they differ in is how a spec is checked, beside the stored one on updates. */
export const strategyOf = <T extends KubeObject & { spec?: object }>(
  validateSpec: (object: T, old: T | undefined) => FieldError[],
): Strategy<T> => ({
  ready: ({ spec }) => (hasExpressions(spec) ? loadCel() : undefined),
  isHeavy: ({ spec }, { subresource }) => subresource !== 'status' && hasExpressions(spec),
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: firstGeneration,
  prepareForUpdate: (object, old) => countGeneration(object, old, !semanticEqual(object.spec, old.spec)),
  validate: object => [
    ...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain),
    ...validateSpec(object, undefined),
  ],
  validatesMetaUpdate: false,
  validateUpdate: (object, old) => [
    ...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain),
    ...validateSpec(object, old),
  ],
  warnings: reservedNameWarnings,
})
