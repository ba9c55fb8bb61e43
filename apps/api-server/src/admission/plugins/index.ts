import type { Rest } from '../../resources/rest.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { deviceAdminAccess } from './device-admin-access.ts'
import { limitRanger } from './limit-ranger/index.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota/index.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account/index.ts'

export interface PluginOptions extends Pick<Rest, 'cache' | 'store' | 'clock'> {
  /** For what a plugin itself writes. Asked for when the server serves. */
  rest(): Rest
  /** Ends waits of plugins. */
  signal: AbortSignal
}

/** The admission plugins, in the order in which they are asked (upstream's). */
export function orderedPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle(options),
    limitRanger(options.cache),
    serviceAccount(options),
    priority(options),
    defaultTolerationSeconds,
    runtimeClass(options),
    podTopologyLabels(options.cache),
    resourceQuota(options.rest),
  ]
}

/** What upstream asks while it validates, whatever plugins are on; it needs to know other objects. */
export const rulesOfValidation = (options: PluginOptions): readonly AdmissionPlugin[] => [deviceAdminAccess(options)]
