import { type InternalSpec, internalSpec, schemasOf } from '../../../internal-spec.ts'
import { type JsonSchema, someSchema } from '../../../json-schema.ts'
import { sameDefinition } from '../../../same-definition.ts'
import { conversionError } from '../../../structural/conversion-error.ts'
import { validateStructural } from '../../../structural/validate-structural.ts'
import type { CustomResourceDefinition } from '../../../types.ts'
import { hasUnprunedDefaults } from '../../../values/validate-defaults.ts'
import { hasCaBundleError } from './ca-bundle.ts'
import { isNonAtomicSet, validateMapListKeys } from './list-types.ts'

/** What a definition must fulfil. A new one everything; an update need not bring in order what was not in order before. */
export interface DefinitionRules {
  readonly recognizedReviewVersion: boolean
  /** Names and scope stay, once they are established. */
  readonly immutableNames: boolean
  readonly schemaInAllVersions: boolean
  readonly validTypes: boolean
  readonly structural: boolean
  readonly prunedDefaults: boolean
  readonly atomicSets: boolean
  readonly mapListKeys: boolean
  readonly anyCaBundle: boolean
  /** The schema at hand was so before: what its expressions cost was accepted then. */
  readonly costAccepted?: boolean
  /** Versions whose schema is as it was before; '' for that of all. */
  readonly unchangedSchemas?: ReadonlySet<string>
  /** Versions that may have more selectable fields than are allowed; '' for all. */
  readonly tooManySelectableFields: ReadonlySet<string>
}

export const rulesForCreate: DefinitionRules = {
  recognizedReviewVersion: true,
  immutableNames: false,
  schemaInAllVersions: true,
  validTypes: true,
  structural: true,
  prunedDefaults: true,
  atomicSets: true,
  mapListKeys: true,
  // it is not established yet
  anyCaBundle: true,
  tooManySelectableFields: new Set(),
}

export const maxSelectableFields = 8
export const reviewVersions = ['v1', 'v1beta1']
export const schemaTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string']

export function rulesForUpdate(spec: InternalSpec, old: CustomResourceDefinition): DefinitionRules {
  const before = internalSpec(old.spec)
  const schemas = schemasOf(before)
  const none = (test: (schema: JsonSchema) => boolean) => !schemas.some(schema => someSchema(schema, test))
  const versions = old.spec?.conversion?.webhook?.conversionReviewVersions ?? []
  const established = isEstablished(old)
  const caBundle = old.spec?.conversion?.webhook?.clientConfig?.caBundle ?? ''
  return {
    recognizedReviewVersion: versions.length === 0 || versions.some(version => reviewVersions.includes(version)),
    immutableNames: established,
    schemaInAllVersions: Boolean(
      before.validation?.openAPIV3Schema || before.versions.every(({ schema }) => schema?.openAPIV3Schema),
    ),
    validTypes: none(({ type }) => Boolean(type) && !schemaTypes.includes(type ?? '')),
    structural: schemas.every(isStructural),
    prunedDefaults: !schemas.some(schema => isStructural(schema) && hasUnprunedDefaults(schema)),
    atomicSets: none(isNonAtomicSet),
    mapListKeys: none(schema => validateMapListKeys(schema, '').length > 0),
    anyCaBundle: !established || (caBundle !== '' && hasCaBundleError(caBundle)),
    tooManySelectableFields: tooManySelectableFields(spec, before),
    unchangedSchemas: unchangedSchemas(spec, before),
  }
}

export const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.find(({ type }) => type === 'Established')?.status === 'True'

const isStructural = (schema: JsonSchema) =>
  conversionError(schema) === undefined && validateStructural(schema, '').length === 0

function unchangedSchemas(spec: InternalSpec, old: InternalSpec): Set<string> {
  const schemaOf = ({ validation, versions }: InternalSpec, name: string) =>
    validation ?? versions.find(version => version.name === name)?.schema
  const same = spec.versions
    .map(({ name = '' }) => name)
    .filter(name => schemaOf(old, name) && sameDefinition(schemaOf(spec, name), schemaOf(old, name)))
  const all = spec.validation && sameDefinition(spec.validation, old.validation)
  return new Set(all ? [...same, ''] : same)
}

/** Versions with too many of them, and the same as before. */
function tooManySelectableFields(spec: InternalSpec, old: InternalSpec): Set<string> {
  const found = new Set<string>()
  const look = (name: string, now: InternalSpec['selectableFields'], before: InternalSpec['selectableFields']) => {
    if ((before?.length ?? 0) > maxSelectableFields && sameDefinition(now, before)) found.add(name)
  }
  look('', spec.selectableFields, old.selectableFields)
  for (const version of spec.versions) {
    const before = old.versions.find(({ name }) => name === version.name)
    look(version.name ?? '', version.selectableFields, before?.selectableFields)
  }
  return found
}
