import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { IngressClass } from '../../types.ts'
import { strategy } from './strategy.ts'

export const ingressClass = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  resource: 'ingressclasses',
  namespaced: false,
  applyDefaults({ spec }) {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= 'Cluster'
  },
  strategy,
  columns: [
    nameColumn,
    column('Controller', 'Who serves the ingresses of the class.'),
    column('Parameters', 'The object that configures the class further.'),
    ageColumn,
  ],
  cells: (object, now) => [displayName(object), object.spec?.controller ?? '', parameters(object), age(object, now)],
})

const displayName = ({ metadata }: IngressClass): string => {
  const isDefault = metadata?.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true'
  return `${metadata?.name ?? ''}${isDefault ? ' (default)' : ''}`
}

function parameters({ spec }: IngressClass): string {
  if (spec?.parameters === undefined) return '<none>'
  const { apiGroup, kind, name } = spec.parameters
  return `${kind}${apiGroup ? `.${apiGroup}` : ''}/${name}`
}
