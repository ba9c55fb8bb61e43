import type { LimitRange, LimitRangeItem } from '../../../../wire.ts'
import { resourceListDefaults } from '../resource/defaults.ts'

/** A container's limit is the most it may have, its request the limit, else the least it must have. */
function containerDefaults(item: LimitRangeItem): void {
  item.default = { ...item.max, ...item.default }
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest }
}

const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

export function applyDefaults({ spec }: LimitRange): void {
  for (const item of spec?.limits ?? []) {
    if (item.type === 'Container') containerDefaults(item)
    for (const name of lists) resourceListDefaults(item[name])
  }
}
