import { column, defineKind, own, readWrite } from '../../../define-kind.ts'
import type { CustomResourceDefinition } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

const group = 'apiextensions.k8s.io'

/** The definition of a custom resource. */
export const customResourceDefinition = defineKind<CustomResourceDefinition>({
  group,
  version: 'v1',
  kind: 'CustomResourceDefinition',
  resource: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  storageHashVersion: 'v1beta1',
  storagePrefix: '/registry/apiextensions.k8s.io/customresourcedefinitions/',
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  subresources: { status: { ...own('CustomResourceDefinition', readWrite, group), table: false } },
  applyDefaults,
  strategy,
  columns: [
    column('Name', 'Name of the definition: the plural of its resource and the group.', { format: 'name' }),
    column('Created At', 'The moment at which it was made.', { type: 'date' }),
  ],
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
})
