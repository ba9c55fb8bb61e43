import { applyTemplateDefaults } from '../../../core/v1/pod-template/defaults.ts'
import type { Deployment, DeploymentSpec } from '../../types.ts'

const quarter = '25%'

export function applyDefaults(deployment: Deployment): void {
  deployment.spec ??= {} as DeploymentSpec
  const { spec } = deployment
  spec.template ??= {}
  applyTemplateDefaults(spec.template)
  spec.replicas ??= 1
  spec.strategy ??= {}
  const { strategy } = spec
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {}
    strategy.rollingUpdate.maxUnavailable ??= quarter
    strategy.rollingUpdate.maxSurge ??= quarter
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
}
