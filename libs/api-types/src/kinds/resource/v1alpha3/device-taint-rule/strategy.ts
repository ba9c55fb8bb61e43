import { type FieldError, field, formatTime, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { validateCsiDriverName } from '../../../core/v1/volume/csi.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateConditions } from '../../../validation/conditions.ts'
import { samePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { DeviceTaintRule } from '../../types.ts'
import { validateLabel, validatePoolName } from '../../validation/names.ts'
import { validateTaint } from '../../validation/taints.ts'

const maxConditions = 8

function validateSpec({ spec }: DeviceTaintRule, old?: DeviceTaintRule): FieldError[] {
  const { driver, pool, device } = spec?.deviceSelector ?? {}
  const at = 'spec.deviceSelector'
  return [
    ...(driver === undefined ? [] : validateCsiDriverName(driver, `${at}.driver`)),
    ...(pool === undefined ? [] : validatePoolName(pool, `${at}.pool`)),
    ...(device === undefined ? [] : validateLabel(device, `${at}.device`)),
    ...validateTaint(spec?.taint ?? { key: '', effect: '' }, old?.spec?.taint, 'spec.taint'),
  ]
}

function validateStatus({ status }: DeviceTaintRule): FieldError[] {
  const { conditions = [] } = status ?? {}
  const errors = validateConditions(conditions, 'status.conditions')
  if (conditions.length > maxConditions) {
    errors.push(field.tooMany('status.conditions', conditions.length, maxConditions))
  }
  return errors
}

export const strategy: Strategy<DeviceTaintRule> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(rule) {
    delete rule.status
    rule.metadata ??= {}
    rule.metadata.generation = 1
  },
  prepareForUpdate(rule, old, { subresource, now }) {
    if (subresource === 'status') {
      keep(rule, old, 'spec')
      keepMetaForStatus(rule, old)
      return
    }
    keep(rule, old, 'status')
    // a client may leave out what validation asks for
    const [taint, before] = [rule.spec?.taint, old.spec?.taint]
    // the time is that of the effect: a new effect begins now unless the client says when
    if (taint !== undefined && taint.effect !== before?.effect && taint.timeAdded === before?.timeAdded)
      taint.timeAdded = formatTime(now)
    if (samePart('io.k8s.api.resource.v1alpha3.DeviceTaintRuleSpec', rule.spec, old.spec)) return
    rule.metadata ??= {}
    rule.metadata.generation = (old.metadata?.generation ?? 0) + 1
  },
  validate: rule => [...validateBuiltinMeta(rule.metadata, false, nameIsDnsSubdomain), ...validateSpec(rule)],
  validateUpdate: (rule, old, { subresource }) => [
    ...validateBuiltinMetaUpdate(rule.metadata, old.metadata),
    ...(subresource === 'status' ? validateStatus(rule) : validateSpec(rule, old)),
  ],
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
