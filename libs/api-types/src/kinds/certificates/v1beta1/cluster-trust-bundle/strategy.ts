import { append, type FieldError, type NameCheck, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateSignerName } from '../../signer-name.ts'
import type { ClusterTrustBundle } from '../../types.ts'
import { validateTrustBundle } from './trust-bundle.ts'

/** A bundle of a signer begins with the signer's name, `/` written as `:`; others have no colon. */
const nameFor =
  (signer: string): NameCheck =>
  (name, prefix) => {
    if (signer === '') {
      if (name.includes(':')) return ['ClusterTrustBundle without signer name must not have ":" in its name']
      return nameIsDnsSubdomain(name, prefix)
    }
    const start = `${signer.replaceAll('/', ':')}:`
    if (!name.startsWith(start)) {
      return [`ClusterTrustBundle for signerName ${signer} must be named with prefix ${start}`]
    }
    return nameIsDnsSubdomain(name.slice(start.length), prefix)
  }

function validateBundle({ metadata, spec }: ClusterTrustBundle, old?: ClusterTrustBundle): FieldError[] {
  const { signerName = '', trustBundle = '' } = spec ?? {}
  const errors = validateBuiltinMeta(metadata, false, nameFor(signerName))
  if (signerName !== '') append(errors, validateSignerName(signerName, 'spec.signerName'))
  // what is stored was judged when it came
  if (old === undefined || trustBundle !== (old.spec?.trustBundle ?? '')) {
    append(errors, validateTrustBundle(trustBundle, 'spec.trustBundle'))
  }
  return errors
}

export const strategy: Strategy<ClusterTrustBundle> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: bundle => validateBundle(bundle),
  validateUpdate: (bundle, old) => [
    ...validateBundle(bundle, old),
    // labels and the like were judged above
    ...validateBuiltinMetaUpdate(bundle.metadata, old.metadata),
    ...validateImmutable(bundle.spec?.signerName ?? '', old.spec?.signerName ?? '', 'spec.signerName'),
  ],
}
