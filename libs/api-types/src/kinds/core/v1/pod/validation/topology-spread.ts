import { append, type FieldError, field } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { validateLabelSelector } from '../../../../validation/label-selector.ts'
import { items, pointerEnum } from './checks.ts'
import { validateMatchLabelKeys, validateUnmergedLabelKeys } from './match-label-keys.ts'
import type { PodRules } from './rules.ts'

export type Spread = NonNullable<PodSpec['topologySpreadConstraints']>[number]

const actions = ['DoNotSchedule', 'ScheduleAnyway']
const policies = ['Honor', 'Ignore']
const notPositive = 'must be greater than zero'

export function validateSpread(constraints: readonly Spread[] | undefined, path: string, rules: PodRules) {
  return items(constraints, path, (constraint, at, index) => {
    const { maxSkew, topologyKey, whenUnsatisfiable: action = '', minDomains } = constraint
    const errors: FieldError[] = []
    if (!(maxSkew > 0)) errors.push(field.invalid(`${at}.maxSkew`, maxSkew ?? 0, notPositive))
    if (!topologyKey) errors.push(field.required(`${at}.topologyKey`, 'can not be empty'))
    if (!actions.includes(action)) errors.push(field.notSupported(`${at}.whenUnsatisfiable`, action, actions))
    const repeated = constraints
      ?.slice(index + 1)
      .some(other => other.topologyKey === topologyKey && other.whenUnsatisfiable === action)
    if (repeated) {
      errors.push(field.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`))
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(field.invalid(`${at}.minDomains`, minDomains, notPositive))
      if (action !== 'DoNotSchedule') {
        const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
        errors.push(field.invalid(`${at}.minDomains`, minDomains, text))
      }
    }
    append(
      errors,
      pointerEnum(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, policies),
      pointerEnum(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, policies),
      rules.unmergedSpreadKeys
        ? validateUnmergedLabelKeys(constraint, `${at}.matchLabelKeys`)
        : validateMatchLabelKeys(constraint, at),
    )
    if (rules.allowInvalidSpreadSelector) return errors
    return errors.concat(validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`))
  })
}
