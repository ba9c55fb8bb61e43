import { entries } from '../../entries.ts'
import { storageVersionMigration } from './storage-version-migration/index.ts'

/** `storagemigration.k8s.io/v1beta1`. */
export const storagemigrationV1beta1 = entries([storageVersionMigration])
