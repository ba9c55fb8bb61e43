import { applyDefaults as applyClaimDefaults } from '../../../core/v1/persistent-volume-claim/defaults.ts'
import { applyTemplateDefaults } from '../../../core/v1/pod-template/defaults.ts'
import type { StatefulSet, StatefulSetSpec } from '../../types.ts'

export function applyDefaults(set: StatefulSet): void {
  set.spec ??= {} as StatefulSetSpec
  const { spec } = set
  spec.template ??= {}
  applyTemplateDefaults(spec.template)
  spec.podManagementPolicy ||= 'OrderedReady'
  spec.updateStrategy ??= {}
  const { updateStrategy } = spec
  if (!updateStrategy.type) {
    updateStrategy.type = 'RollingUpdate'
    updateStrategy.rollingUpdate ??= {}
  }
  // Unlike a missing strategy, a named one without parameters stays without.
  if (updateStrategy.type === 'RollingUpdate' && updateStrategy.rollingUpdate !== undefined) {
    updateStrategy.rollingUpdate.partition ??= 0
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1'
    claim.kind = 'PersistentVolumeClaim'
    applyClaimDefaults(claim)
  }
}
