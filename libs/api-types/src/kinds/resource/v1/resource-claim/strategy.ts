import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { hasExpressions } from '../../../validation/effort.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ResourceClaim } from '../../types.ts'
import { validateClaimSpec } from '../../validation/device-claim.ts'
import { readyForSelectors } from '../../validation/selectors.ts'
import { deviceKey } from './device-identity.ts'
import { validateClaimStatus } from './status-validation.ts'

/** What drivers said of devices goes away with their allocation. */
function dropDeallocatedDevices({ status }: ResourceClaim, old: ResourceClaim): void {
  if (status?.devices === undefined) return
  const gone = new Set(old.status?.allocation?.devices?.results?.map(deviceKey))
  for (const result of status.allocation?.devices?.results ?? []) gone.delete(deviceKey(result))
  status.devices = status.devices.filter(device => !gone.has(deviceKey(device)))
  if (status.devices.length === 0) delete status.devices
}

export const strategy: Strategy<ResourceClaim> = {
  ready: readyForSelectors,
  isHeavy: ({ spec }, { subresource }) => subresource !== 'status' && hasExpressions(spec),
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(claim) {
    delete claim.status
  },
  prepareForUpdate(claim, old, { subresource }) {
    if (subresource !== 'status') return keep(claim, old, 'status')
    keep(claim, old, 'spec')
    keepMetaForStatus(claim, old)
    dropDeallocatedDevices(claim, old)
  },
  validate: ({ metadata, spec }) => [
    ...validateBuiltinMeta(metadata, true, nameIsDnsSubdomain),
    ...validateClaimSpec(spec, 'spec'),
  ],
  validateUpdate(claim, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(claim.metadata, old.metadata)
    if (subresource === 'status') return errors.concat(validateClaimStatus(claim, old))
    const message = 'io.k8s.api.resource.v1.ResourceClaimSpec'
    return errors.concat(validateImmutablePart(message, claim.spec, old.spec, 'spec'))
  },
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
