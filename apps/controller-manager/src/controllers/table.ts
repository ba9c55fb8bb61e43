import { bootstrapSignerController } from './bootstrap-signer/index.ts'
import { csrApprovingController } from './certificate-signing-request/approver.ts'
import { csrCleanerController } from './certificate-signing-request/cleaner.ts'
import { csrSigningController } from './certificate-signing-request/signer.ts'
import { clusterRoleAggregationController } from './cluster-role-aggregation/index.ts'
import type { ControllerDescriptor } from './controller.ts'
import { cronJobController } from './cron-job/index.ts'
import { daemonSetController } from './daemon-set/index.ts'
import { deploymentController } from './deployment/index.ts'
import { disruptionController } from './disruption/index.ts'
import { endpointSliceController } from './endpoint-slice/index.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/index.ts'
import { endpointsController } from './endpoints/index.ts'
import { garbageCollectorController } from './garbage-collector/index.ts'
import { jobController } from './job/index.ts'
import { namespaceController } from './namespace/index.ts'
import { nodeLifecycleController } from './node-lifecycle/index.ts'
import { persistentVolumeClaimProtectionController } from './persistent-volume-claim-protection/index.ts'
import { persistentVolumeProtectionController } from './persistent-volume-protection/index.ts'
import { podGarbageCollectorController } from './pod-garbage-collector/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { replicationControllerController } from './replication-controller/index.ts'
import { resourceQuotaController } from './resource-quota/index.ts'
import { rootCaCertificatePublisherController } from './root-ca-certificate-publisher/index.ts'
import { serviceAccountController } from './service-account/index.ts'
import { statefulSetController } from './stateful-set/index.ts'
import { taintEvictionController } from './taint-eviction/index.ts'
import { tokenCleanerController } from './token-cleaner/index.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/index.ts'
import { validatingAdmissionPolicyStatusController } from './validating-admission-policy-status/index.ts'
import { volumeAttributesClassProtectionController } from './volume-attributes-class-protection/index.ts'

/** All controllers, in the order in which they start. */
export const controllers: readonly ControllerDescriptor[] = [
  // first: no pod finds a place before it has taken the taint off a node that is ready
  nodeLifecycleController,
  taintEvictionController,
  podGarbageCollectorController,
  namespaceController,
  serviceAccountController,
  rootCaCertificatePublisherController,
  garbageCollectorController,
  resourceQuotaController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  replicationControllerController,
  daemonSetController,
  jobController,
  replicaSetController,
  deploymentController,
  statefulSetController,
  disruptionController,
  cronJobController,
  persistentVolumeClaimProtectionController,
  persistentVolumeProtectionController,
  volumeAttributesClassProtectionController,
  ttlAfterFinishedController,
  csrSigningController,
  csrApprovingController,
  csrCleanerController,
  clusterRoleAggregationController,
  validatingAdmissionPolicyStatusController,
  bootstrapSignerController,
  tokenCleanerController,
]
