import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { compiledSelector } from '../../../validation/label-selector.ts'
import type { NetworkPolicy } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const networkPolicy = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  shortNames: ['netpol'],
  applyDefaults,
  strategy,
  columns: [nameColumn, column('Pod-Selector', 'Labels of the pods that the policy is for.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', podSelector(object), age(object, now)],
})

function podSelector({ spec }: NetworkPolicy): string {
  const selector = compiledSelector(spec?.podSelector ?? {})
  return selector === undefined ? '<error>' : selector.toString() || '<none>'
}
