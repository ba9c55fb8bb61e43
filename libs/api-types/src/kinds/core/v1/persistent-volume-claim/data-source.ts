import type { PersistentVolumeClaimSpec } from '../../../../wire.ts'

type Source = NonNullable<PersistentVolumeClaimSpec['dataSource']>

/** What the older of the two fields could always name. */
function isLegacy({ kind, apiGroup = '' }: Source): boolean {
  if (kind === 'PersistentVolumeClaim') return apiGroup === ''
  return kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io'
}

function copyOf({ kind, name, apiGroup }: Source): Source {
  return { kind, name, ...(apiGroup === undefined ? {} : { apiGroup }) }
}

/** Both fields say the same, when only one was set. */
export function normalizeSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec
  if (dataSource && !dataSourceRef) spec.dataSourceRef = copyOf(dataSource)
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) spec.dataSource = copyOf(dataSourceRef)
}

/**
 * KEP-1495: the old field alone names only what it always could, everything else is silently dropped; a source in another namespace is
 * behind a gate that is off. `old` keeps what it has.
 */
export function prepareSources(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec | undefined): void {
  if (spec.dataSourceRef?.namespace && old?.dataSourceRef === undefined) delete spec.dataSourceRef
  const inUse = old?.dataSource !== undefined || old?.dataSourceRef !== undefined
  if (!inUse && spec.dataSourceRef === undefined && spec.dataSource && !isLegacy(spec.dataSource)) {
    delete spec.dataSource
  }
  normalizeSources(spec)
}
