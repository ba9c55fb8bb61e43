import { entries } from '../../entries.ts'
import { controllerRevision } from './controller-revision/index.ts'
import { daemonSet } from './daemon-set/index.ts'
import { deployment } from './deployment/index.ts'
import { replicaSet } from './replica-set/index.ts'
import { statefulSet } from './stateful-set/index.ts'

/** `apps/v1`. */
export const appsV1 = entries([controllerRevision, daemonSet, deployment, replicaSet, statefulSet])
