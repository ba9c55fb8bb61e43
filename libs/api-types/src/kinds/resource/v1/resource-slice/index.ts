import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { defaultDevice } from '../../defaults.ts'
import type { ResourceSlice } from '../../types.ts'
import { strategy } from './strategy.ts'

/** Upstream's words for a field that no selector may name. */
export const unsupportedFieldLabel = (version: string) => (label: string) =>
  `field label not supported for resource.k8s.io/${version}, Kind=ResourceSlice: ${label}`

export const resourceSlice = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  resource: 'resourceslices',
  namespaced: false,
  deleteReturnsObject: true,
  applyDefaults(slice) {
    for (const device of slice.spec?.devices ?? []) defaultDevice(device)
  },
  unsupportedFieldLabel: unsupportedFieldLabel('v1'),
  strategy,
  moreFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
  columns: [
    nameColumn,
    column('Node', 'The node that has the devices, if it is one.'),
    column('Driver', 'The driver that tells of them.'),
    column('Pool', 'The pool that they belong to.'),
    ageColumn,
  ],
  cells: (object, now) => {
    const { nodeName = '', driver = '', pool } = object.spec ?? {}
    return [object.metadata?.name ?? '', nodeName, driver, pool?.name ?? '', age(object, now)]
  },
})
