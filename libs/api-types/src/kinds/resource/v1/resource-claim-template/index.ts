import { defineKind } from '../../../define-kind.ts'
import { defaultClaimSpec } from '../../defaults.ts'
import type { ResourceClaimTemplate } from '../../types.ts'
import { strategy } from './strategy.ts'

export const resourceClaimTemplate = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  resource: 'resourceclaimtemplates',
  deleteReturnsObject: true,
  applyDefaults: template => defaultClaimSpec(template.spec?.spec),
  strategy,
})
