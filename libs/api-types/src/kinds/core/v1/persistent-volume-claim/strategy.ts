import type { Strategy } from '../../../../catalogue/contract.ts'
import type { PersistentVolumeClaim } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { normalizeSources, prepareSources } from './data-source.ts'
import { validateClaimStatusUpdate, validateClaimUpdate } from './update-validation.ts'
import { validateClaim } from './validation.ts'
import { claimWarnings } from './warnings.ts'

/** Sources of an old claim as a claim of today has them: written before there were two fields, it is no change to have both. */
function normalized(old: PersistentVolumeClaim): PersistentVolumeClaim {
  const spec = { ...old.spec }
  normalizeSources(spec)
  return { ...old, spec }
}

export const strategy: Strategy<PersistentVolumeClaim> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' }
    claim.spec ??= {}
    prepareSources(claim.spec, undefined)
  },
  prepareForUpdate(claim, old, { subresource }) {
    if (subresource === 'status') return keep(claim, old, 'spec')
    keep(claim, old, 'status')
    claim.spec ??= {}
    prepareSources(claim.spec, old.spec)
  },
  validate: claim => validateClaim(claim),
  validateUpdate: (claim, old, { subresource }) =>
    subresource === 'status' ? validateClaimStatusUpdate(claim, old) : validateClaimUpdate(claim, normalized(old)),
  warnings: claim => claimWarnings(claim),
}
