import { type FieldError, field, isLabelValue, isQualifiedName } from '@kubets/apimachinery'
import type { Taint } from '../../../../wire.ts'
import { internalForm } from '../../../validation/internal-form.ts'

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Taints of a node: each pair of key and effect once. */
export function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>()
  return taints.flatMap((taint, index) => {
    const { key = '', value = '', effect } = taint
    const at = `${path}[${index}]`
    const errors = isQualifiedName(key).map(message => field.invalid(`${at}.key`, key, message))
    const wrong = isLabelValue(value)
    if (wrong.length > 0) errors.push(field.invalid(`${at}.value`, value, wrong.join(';')))
    if (!effect) errors.push(field.required(`${at}.effect`))
    else if (!taintEffects.includes(effect)) errors.push(field.notSupported(`${at}.effect`, effect, taintEffects))
    const identity = `${effect}:${key}`
    if (seen.has(identity)) {
      const error = field.duplicate(at, internalForm('io.k8s.api.core.v1.Taint', taint))
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` })
    }
    seen.add(identity)
    return errors
  })
}
