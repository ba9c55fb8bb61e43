import type { CustomResourceDefinition } from '../../types.ts'

export function applyDefaults(definition: CustomResourceDefinition): void {
  definition.spec ??= {}
  const { spec } = definition
  spec.names ??= {}
  const { names } = spec
  const { kind = '' } = names
  if (!names.singular && kind) names.singular = kind.toLowerCase()
  if (!names.listKind && kind) names.listKind = `${kind}List`
  spec.conversion ??= { strategy: 'None' }
  const service = spec.conversion.webhook?.clientConfig?.service
  if (service) service.port ??= 443
  storeInStorageVersion(definition, true)
}

/** The version that objects are written in from now on is one that the store may hold. `ifNone`: only where nothing is listed yet. */
export function storeInStorageVersion(definition: CustomResourceDefinition, ifNone = false): void {
  const version = definition.spec?.versions?.find(({ storage }) => storage)
  const stored = definition.status?.storedVersions ?? []
  const name = version?.name ?? ''
  if (version === undefined || stored.includes(name) || (ifNone && stored.length > 0)) return
  definition.status = { ...(definition.status as object), storedVersions: [...stored, name] } as NonNullable<
    CustomResourceDefinition['status']
  >
}
