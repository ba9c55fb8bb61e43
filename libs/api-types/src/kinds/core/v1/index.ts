import { entries } from '../../entries.ts'
import { binding } from './binding/index.ts'
import { configMap } from './config-map/index.ts'
import { endpoints } from './endpoints/index.ts'
import { event } from './event/index.ts'
import { namespace } from './namespace/index.ts'
import { node } from './node/index.ts'
import { pod } from './pod/index.ts'
import { podTemplate } from './pod-template/index.ts'
import { replicationController } from './replication-controller/index.ts'
import { secret } from './secret/index.ts'
import { service } from './service/index.ts'
import { serviceAccount } from './service-account/index.ts'

/** The core group's kinds, `v1`. */
export const coreV1 = entries([
  binding,
  configMap,
  endpoints,
  event,
  namespace,
  node,
  pod,
  podTemplate,
  replicationController,
  secret,
  service,
  serviceAccount,
])
