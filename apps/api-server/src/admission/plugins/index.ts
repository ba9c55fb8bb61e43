import type { AdmissionPlugin } from '../admission.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { deviceAdminAccess } from './device-admin-access.ts'
import { type NamespaceLifecycleOptions, namespaceLifecycle } from './namespace-lifecycle.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { serviceAccount } from './service-account.ts'

/** The admission plugins, in the order in which they are asked (upstream's). */
export function defaultPlugins(options: NamespaceLifecycleOptions): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle(options),
    serviceAccount,
    podTopologyLabels(options.cache),
    priority(options),
    defaultTolerationSeconds,
    deviceAdminAccess(options),
  ]
}
