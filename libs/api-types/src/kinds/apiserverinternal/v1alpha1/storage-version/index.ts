import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { StorageVersion } from '../../types.ts'
import { strategy } from './strategy.ts'

const shown = 3

function versions({ status }: StorageVersion): string {
  const all = (status?.storageVersions ?? []).map(
    ({ apiServerID, encodingVersion }) => `${apiServerID}=${encodingVersion}`,
  )
  if (all.length === 0) return '<unset>'
  const text = all.slice(0, shown).join(',')
  return all.length > shown ? `${text} + ${all.length - shown} more...` : text
}

export const storageVersion = defineKind<StorageVersion>({
  group: 'internal.apiserver.k8s.io',
  version: 'v1alpha1',
  kind: 'StorageVersion',
  resource: 'storageversions',
  namespaced: false,
  schema: 'io.k8s.api.apiserverinternal.v1alpha1.StorageVersion',
  subresources: { status: own('StorageVersion', readWrite, 'internal.apiserver.k8s.io', 'v1alpha1') },
  strategy,
  columns: [
    nameColumn,
    column('CommonEncodingVersion', 'What all servers write, if they agree.'),
    column('StorageVersions', 'What each server writes.'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.status?.commonEncodingVersion ?? '<unset>',
    versions(object),
    age(object, now),
  ],
})
