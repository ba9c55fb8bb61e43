import type { Authorizer } from '../../authorization/authorizer.ts'
import type { Rest } from '../../resources/rest.ts'
import type { AdmissionPlugin } from '../admission.ts'
import type { AdmissionConfiguration } from '../configuration/contract.ts'
import { alwaysAdmit, alwaysDeny } from './always.ts'
import { alwaysPullImages } from './always-pull-images.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  clusterTrustBundleAttest,
} from './certificates.ts'
import { defaultIngressClass, defaultStorageClass } from './default-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { deviceAdminAccess } from './device-admin-access.ts'
import { eventRateLimit } from './event-rate-limit.ts'
import { extendedResourceToleration } from './extended-resource-toleration.ts'
import { imagePolicyWebhook } from './image-policy-webhook.ts'
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts'
import { limitRanger } from './limit-ranger/index.ts'
import { namespaceAutoProvision } from './namespace-auto-provision.ts'
import { namespaceExists } from './namespace-exists.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { noPrivilegedContainers } from './no-privileged-containers.ts'
import { nodeDeclaredFeatureValidator } from './node-declared-feature-validator.ts'
import { nodeRestriction } from './node-restriction/index.ts'
import { ownerReferencesPermissionEnforcement } from './owner-references-permission-enforcement.ts'
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { podResizeValidator } from './pod-resize-validator.ts'
import { podSecurity } from './pod-security/index.ts'
import { podTolerationRestriction } from './pod-toleration-restriction.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota/index.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account/index.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'

export interface PluginOptions extends Pick<Rest, 'cache' | 'store' | 'clock'> {
  /** For what a plugin itself writes. Asked for when the server serves. */
  rest(): Rest
  /** For what depends on what else a user may do. Asked for when the server serves. */
  authorizer(): Authorizer
  /** Ends waits of plugins. */
  signal: AbortSignal
}

/** The admission plugins, in the order in which they are asked (upstream's). */
export function orderedPlugins(
  options: PluginOptions,
  configuration: AdmissionConfiguration = {},
): readonly AdmissionPlugin[] {
  return [
    alwaysAdmit,
    namespaceAutoProvision(options.cache, options.rest),
    namespaceLifecycle(options),
    namespaceExists(options),
    limitPodHardAntiAffinityTopology,
    limitRanger(options.cache),
    serviceAccount(options),
    nodeRestriction(options),
    taintNodesByCondition,
    alwaysPullImages,
    imagePolicyWebhook(options, configuration.imagePolicy),
    podSecurity(options, configuration.podSecurity),
    podNodeSelector(options, configuration.podNodeSelectors),
    priority(options),
    defaultTolerationSeconds(configuration.tolerationSeconds),
    podTolerationRestriction(options, configuration.podTolerations),
    eventRateLimit(options.clock, configuration.eventRateLimits),
    extendedResourceToleration,
    defaultStorageClass(options.cache),
    storageObjectInUseProtection,
    ownerReferencesPermissionEnforcement(options),
    persistentVolumeClaimResize(options.cache),
    runtimeClass(options),
    certificateApproval(options),
    certificateSigning(options),
    clusterTrustBundleAttest(options),
    certificateSubjectRestriction,
    defaultIngressClass(options.cache),
    denyServiceExternalIPs,
    podTopologyLabels(options.cache),
    nodeDeclaredFeatureValidator(options.cache),
    podResizeValidator(options.cache),
    resourceQuota(options.rest, configuration.limitedResources),
    alwaysDeny,
  ]
}

/** What upstream asks while it validates, whatever plugins are on; it needs to know other objects. */
export const rulesOfValidation = (
  options: PluginOptions,
  { allowPrivileged }: { readonly allowPrivileged: boolean },
): readonly AdmissionPlugin[] => [deviceAdminAccess(options), ...(allowPrivileged ? [] : [noPrivilegedContainers])]
