import {
  type FieldError,
  field,
  isConfigMapKey,
  type NameCheck,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { validateElectionStrategy } from '../../election-strategy.ts'
import { compareSemanticVersions, parseSemanticVersion, type SemanticVersion } from '../../semantic-version.ts'
import type { LeaseCandidate } from '../../types.ts'

/** Identities of candidates are free-form: `host_uuid`. */
const nameIsConfigKey: NameCheck = name => isConfigMapKey(name)

const zero: SemanticVersion = { numbers: [0n, 0n, 0n], before: [] }
const notSemantic = 'must be a valid semantic version'

function validateSpec({ spec }: LeaseCandidate): FieldError[] {
  const { leaseName = '', emulationVersion = '', binaryVersion = '', strategy = '' } = spec ?? {}
  const errors: FieldError[] = []
  if (leaseName === '') errors.push(field.required('spec.leaseName'))
  // what cannot be read counts as 0.0.0
  const emulated = parseSemanticVersion(emulationVersion) ?? zero
  const binary = parseSemanticVersion(binaryVersion) ?? zero
  if (emulationVersion !== '' && parseSemanticVersion(emulationVersion) === undefined) {
    errors.push(field.invalid('spec.emulationVersion', emulationVersion, notSemantic))
  }
  if (binaryVersion === '') errors.push(field.required('spec.binaryVersion'))
  else if (parseSemanticVersion(binaryVersion) === undefined) {
    errors.push(field.invalid('spec.binaryVersion', binaryVersion, notSemantic))
  }
  if (binaryVersion !== '' && emulationVersion !== '' && compareSemanticVersions(binary, emulated) < 0) {
    const text = 'must be greater than or equal to `emulationVersion`'
    errors.push(field.invalid('spec.binaryVersion', binaryVersion, text))
  }
  if (strategy === '') return [...errors, field.required('spec.strategy')]
  if (strategy === 'OldestEmulationVersion' && compareSemanticVersions(emulated, zero) === 0) {
    const text = "must be specified when `strategy` is 'OldestEmulationVersion'"
    errors.push(field.required('spec.emulationVersion', text))
  }
  return errors.concat(validateElectionStrategy(strategy, 'spec.strategy'))
}

export const strategy: Strategy<LeaseCandidate> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateObjectMeta(object.metadata, true, nameIsConfigKey), ...validateSpec(object)],
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateSpec(object),
    ...validateImmutable(object.spec?.leaseName ?? '', old.spec?.leaseName ?? '', 'spec.leaseName'),
  ],
}
