import type { JsonSchema } from './json-schema.ts'
import { sameDefinition } from './same-definition.ts'
import type {
  CustomResourceDefinitionSpec,
  PrinterColumnDefinition,
  SelectableField,
  Subresources,
  Version,
} from './types.ts'

/**
 * A spec as upstream's rules see it: what all versions have alike is said once, at the top. Errors therefore name `spec.validation`
 * for a definition of one version.
 */
export interface InternalSpec extends Omit<CustomResourceDefinitionSpec, 'versions'> {
  readonly version: string
  readonly versions: readonly Version[]
  /** They are not even an empty list, which shows in an error. */
  readonly noVersions: boolean
  readonly validation?: { openAPIV3Schema?: JsonSchema }
  readonly subresources?: Subresources
  readonly additionalPrinterColumns?: readonly PrinterColumnDefinition[]
  readonly selectableFields?: readonly SelectableField[]
}

const liftable = ['subresources', 'schema', 'additionalPrinterColumns', 'selectableFields'] as const

export function internalSpec(spec: CustomResourceDefinitionSpec | undefined): InternalSpec {
  const versions = spec?.versions ?? []
  const noVersions = !spec?.versions
  const [first] = versions
  if (first === undefined) return { ...spec, version: '', versions, noVersions }
  const rest = versions.map(version => ({ ...version }))
  const lifted: Partial<Record<(typeof liftable)[number], unknown>> = {}
  for (const part of liftable) {
    if (!versions.every(version => sameDefinition(version[part], first[part]))) continue
    lifted[part] = first[part]
    for (const version of rest) delete version[part]
  }
  const { schema, ...others } = lifted
  const set = Object.entries({ ...others, validation: schema }).filter(
    ([, value]) => value !== undefined && value !== null,
  )
  return { ...spec, version: first.name ?? '', versions: rest, noVersions, ...Object.fromEntries(set) }
}

/** The schemas of a spec, wherever they stand. */
export function schemasOf({ validation, versions }: InternalSpec): JsonSchema[] {
  return [validation?.openAPIV3Schema, ...versions.map(({ schema }) => schema?.openAPIV3Schema)].filter(
    schema => schema !== undefined && schema !== null,
  )
}
