import type { Deployment, ReplicaSet } from '@kubets/api-types'
import { type Outcome, resources } from '@kubets/client'
import { sameTemplate, withoutHash } from '../../pods/template-hash.ts'
import { sortReplicaSets } from './new-replica-set.ts'
import { annotationsFromReplicaSet, lastRevision, revisionIn, revisionOf, rollbackToAnnotation } from './revision.ts'
import type { Rollout } from './rollout.ts'

/** The revision that an annotation asks to go back to; 0 is the last one. Nothing when none is asked for, or it is no number. */
export function rollbackTarget({ metadata }: Deployment): bigint | undefined {
  return revisionIn(metadata?.annotations?.[rollbackToAnnotation] ?? '')
}

/** Takes the template of an earlier ReplicaSet back, and the request away in any case. */
export async function rollback(rollout: Rollout, wanted: bigint): Promise<Outcome> {
  const { all } = await sortReplicaSets(rollout, 'create')
  const revision = wanted === 0n ? lastRevision(all) : wanted
  if (revision === 0n) {
    rollout.event('Warning', 'DeploymentRollbackRevisionNotFound', 'Unable to find last revision.')
    return write(rollout, rollout.deployment)
  }
  const set = all.find(candidate => revisionOf(candidate) === revision)
  if (set === undefined) {
    const message = 'Unable to find the revision to rollback to.'
    rollout.event('Warning', 'DeploymentRollbackRevisionNotFound', message)
    return write(rollout, rollout.deployment)
  }
  const { name } = rollout.deployment.metadata ?? {}
  if (sameTemplate(rollout.deployment.spec?.template, set.spec?.template)) {
    const message = `The rollback revision contains the same template as current deployment "${name}"`
    rollout.event('Warning', 'DeploymentRollbackTemplateUnchanged', message)
    return write(rollout, rollout.deployment)
  }
  await write(rollout, withTemplateOf(rollout.deployment, set))
  rollout.event('Normal', 'DeploymentRollback', `Rolled back deployment "${name}" to revision ${revision}`)
  return undefined
}

function withTemplateOf(deployment: Deployment, set: ReplicaSet): Deployment {
  return {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: annotationsFromReplicaSet(deployment, set) },
    spec: { ...deployment.spec, template: withoutHash(set.spec?.template) } as NonNullable<Deployment['spec']>,
  }
}

async function write({ deps }: Rollout, deployment: Deployment): Promise<Outcome> {
  const { [rollbackToAnnotation]: _, ...annotations } = deployment.metadata?.annotations ?? {}
  const next = { ...deployment, metadata: { ...deployment.metadata, annotations } }
  await deps.client.update<Deployment>(resources.deployments, next, { signal: deps.signal })
  return undefined
}
