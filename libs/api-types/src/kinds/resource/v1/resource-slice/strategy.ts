import { goQuote, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { samePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ResourceSlice } from '../../types.ts'
import { dropGatedFields } from './gated-fields.ts'
import { validateSpec } from './validation.ts'

export const strategy: Strategy<ResourceSlice> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(slice) {
    slice.metadata ??= {}
    slice.metadata.generation = 1
    dropGatedFields(slice)
  },
  prepareForUpdate(slice, old) {
    // upstream compares before it drops what gates forbid
    if (!samePart('io.k8s.api.resource.v1.ResourceSliceSpec', slice.spec, old.spec)) {
      slice.metadata ??= {}
      slice.metadata.generation = (old.metadata?.generation ?? 0) + 1
    }
    dropGatedFields(slice, old)
  },
  validate: slice => [...validateBuiltinMeta(slice.metadata, false, nameIsDnsSubdomain), ...validateSpec(slice)],
  validateUpdate: (slice, old) => [
    ...validateBuiltinMetaUpdate(slice.metadata, old.metadata),
    ...validateSpec(slice, old),
  ],
  warnings({ spec }) {
    const driver = spec?.driver ?? ''
    if (driver === driver.toLowerCase()) return []
    return [`spec.driver: driver names should be lowercase; ${goQuote(driver)} contains uppercase characters`]
  },
}
