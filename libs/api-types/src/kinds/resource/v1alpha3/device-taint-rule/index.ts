import { ageSince } from '@kubets/apimachinery'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { defaultTaint } from '../../defaults.ts'
import type { DeviceTaintRule } from '../../types.ts'
import { strategy } from './strategy.ts'

export const deviceTaintRule = defineKind<DeviceTaintRule>({
  group: 'resource.k8s.io',
  version: 'v1alpha3',
  kind: 'DeviceTaintRule',
  resource: 'devicetaintrules',
  deprecation: 'resource.k8s.io/v1alpha3 DeviceTaintRule is deprecated in v1.36+, unavailable in v1.39+',
  namespaced: false,
  deleteReturnsObject: true,
  subresources: { status: own('DeviceTaintRule', readWrite, 'resource.k8s.io', 'v1alpha3') },
  applyDefaults: rule => defaultTaint(rule.spec?.taint),
  strategy,
  columns: [
    nameColumn,
    column('Key', 'What the taint is called.'),
    column('Value', 'The value that the taint has.'),
    column('Effect', 'What it does to claims that do not tolerate it.'),
    column('TimeAdded', 'Time since the effect was set.'),
    ageColumn,
  ],
  cells: (object, now) => {
    const { key = '', value = '', effect = '', timeAdded } = object.spec?.taint ?? {}
    return [
      object.metadata?.name ?? '',
      key,
      value,
      effect,
      timeAdded === undefined ? '' : ageSince(timeAdded, now),
      age(object, now),
    ]
  },
})
