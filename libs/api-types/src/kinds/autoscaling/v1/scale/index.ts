import type { ResourceEntry } from '../../../../catalogue/contract.ts'
import type { KubeObject } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, plainStrategy, readWrite } from '../../../define-kind.ts'
import type { Scale } from '../../types.ts'
import { validateScale } from './validation.ts'

/** What `/scale` of other kinds answers with. It is stored nowhere and is no resource of its own, so no list of kinds has it. */
export const scale: ResourceEntry<Scale> = defineKind<Scale>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  resource: 'scales',
  verbs: readWrite,
  stored: false,
  strategy: { ...plainStrategy, validate: validateScale, validateUpdate: validateScale },
  columns: [
    column('Name', 'Name of the object, unique within its namespace.'),
    column('Desired', 'Number of replicas that are wanted.', { type: 'integer' }),
    column('Available', 'Number of replicas that were last seen.', { type: 'integer' }),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    age(object, now),
  ],
})

/** How an object that can be scaled looks through `/scale`: of its metadata only what names this very state. */
export function scaleOf(entry: ResourceEntry, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {}
  const { replicas = 0, statusReplicas = 0, selector = '' } = entry.scale?.read(object) ?? {}
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp }
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined)),
    spec: { replicas },
    status: { replicas: statusReplicas, selector },
  }
}
