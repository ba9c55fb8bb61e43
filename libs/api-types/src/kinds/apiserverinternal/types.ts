import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type StorageVersion = Wire<k8s.V1alpha1StorageVersion>
