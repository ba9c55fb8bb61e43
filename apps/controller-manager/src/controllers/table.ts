import type { ControllerDescriptor } from './controller.ts'
import { namespaceController } from './namespace/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { replicationControllerController } from './replication-controller/index.ts'
import { rootCaCertificatePublisherController } from './root-ca-certificate-publisher/index.ts'
import { serviceAccountController } from './service-account/index.ts'

/** All controllers, in the order in which they start. */
export const controllers: readonly ControllerDescriptor[] = [
  namespaceController,
  serviceAccountController,
  rootCaCertificatePublisherController,
  replicationControllerController,
  replicaSetController,
]
