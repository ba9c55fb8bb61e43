import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type StorageVersionMigration = Wire<k8s.V1beta1StorageVersionMigration>
