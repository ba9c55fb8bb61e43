import { type FieldError, field, isLabelValue, isQualifiedName, validateLabels } from '@kubets/apimachinery'
import type { PodSpec, Toleration } from '../../../../../wire.ts'
import { each, items, optionalEnum } from './checks.ts'

type Affinity = NonNullable<PodSpec['affinity']>
type NodeTerm = NonNullable<
  NonNullable<Affinity['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms'][number]
type PodTerm = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number]
type Selector = NonNullable<PodTerm['labelSelector']>
type Spread = NonNullable<PodSpec['topologySpreadConstraints']>[number]

const effects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule']

export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  return items(tolerations, path, ({ key = '', operator = '', value = '', effect, tolerationSeconds }, at) => {
    const errors = key === '' ? [] : each(`${at}.key`, key, isQualifiedName(key))
    if (key === '' && operator !== 'Exists') {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      errors.push(field.invalid(`${at}.operator`, operator, text))
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
      errors.push(field.invalid(`${at}.effect`, effect ?? '', text))
    }
    if (operator === '' || operator === 'Equal') errors.push(...each(`${at}.operator`, value, isLabelValue(value)))
    else if (operator === 'Exists') {
      if (value !== '')
        errors.push(field.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    } else errors.push(field.notSupported(`${at}.operator`, operator, ['Equal', 'Exists']))
    return errors.concat(optionalEnum(`${at}.effect`, effect, effects))
  })
}

export function validateLabelSelector(selector: Selector | undefined, path: string): FieldError[] {
  if (selector === undefined) return []
  return [
    ...validateLabels(selector.matchLabels, `${path}.matchLabels`),
    ...items(selector.matchExpressions, `${path}.matchExpressions`, ({ key, operator, values = [] }, at) => {
      const errors: FieldError[] = []
      if (operator === 'In' || operator === 'NotIn') {
        if (values.length === 0) {
          errors.push(field.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
        }
      } else if (operator === 'Exists' || operator === 'DoesNotExist') {
        if (values.length > 0) {
          errors.push(
            field.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          )
        }
      } else errors.push(field.invalid(`${at}.operator`, operator, 'not a valid selector operator'))
      errors.push(...each(`${at}.key`, key, isQualifiedName(key)))
      return errors.concat(items(values, `${at}.values`, (value, atValue) => each(atValue, value, isLabelValue(value))))
    }),
  ]
}

function validateNodeTerm({ matchExpressions, matchFields }: NodeTerm, path: string): FieldError[] {
  const errors = items(matchExpressions, `${path}.matchExpressions`, ({ key, operator, values = [] }, at) => {
    const found: FieldError[] = []
    const list = `${at}.values`
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) found.push(field.required(list, "must be specified when `operator` is 'In' or 'NotIn'"))
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        found.push(field.forbidden(list, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      }
    } else if (operator === 'Gt' || operator === 'Lt') {
      if (values.length !== 1) {
        found.push(field.required(list, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      }
    } else found.push(field.invalid(`${at}.operator`, operator, 'not a valid selector operator'))
    return found.concat(each(`${at}.key`, key, isQualifiedName(key)))
  })
  return errors.concat(
    items(matchFields, `${path}.matchFields`, ({ key, operator, values = [] }, at) => {
      const found: FieldError[] = []
      if (operator !== 'In' && operator !== 'NotIn') {
        found.push(field.invalid(`${at}.operator`, operator, 'not a valid selector operator'))
      } else if (values.length !== 1) {
        found.push(
          field.required(
            `${at}.values`,
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
          ),
        )
      }
      if (key !== 'metadata.name') found.push(field.invalid(`${at}.key`, key, 'not a valid field selector key'))
      return found
    }),
  )
}

function validatePodTerm(term: PodTerm, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
  ]
  if (!term.topologyKey) errors.push(field.required(`${path}.topologyKey`, 'can not be empty'))
  return errors.concat(each(`${path}.topologyKey`, term.topologyKey, isQualifiedName(term.topologyKey)))
}

const weightText = 'must be in the range 1-100'
const weight = (value: number, path: string): FieldError[] =>
  value >= 1 && value <= 100 ? [] : [field.invalid(path, value, weightText)]

export function validateAffinity(affinity: PodSpec['affinity'], path: string): FieldError[] {
  if (affinity === undefined) return []
  const errors: FieldError[] = []
  const { nodeAffinity } = affinity
  if (nodeAffinity) {
    const at = `${path}.nodeAffinity`
    const required = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution
    if (required) {
      const terms = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
      if (!required.nodeSelectorTerms?.length) {
        errors.push(field.required(terms, 'must have at least one node selector term'))
      }
      errors.push(...items(required.nodeSelectorTerms, terms, validateNodeTerm))
    }
    const preferred = `${at}.preferredDuringSchedulingIgnoredDuringExecution`
    errors.push(
      ...items(nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution, preferred, (term, atTerm) => [
        ...weight(term.weight, `${atTerm}.weight`),
        ...validateNodeTerm(term.preference, `${atTerm}.preference`),
      ]),
    )
  }
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const at = `${path}.${name}`
    const given = affinity[name]
    const required = `${at}.requiredDuringSchedulingIgnoredDuringExecution`
    errors.push(...items(given?.requiredDuringSchedulingIgnoredDuringExecution, required, validatePodTerm))
    const preferred = `${at}.preferredDuringSchedulingIgnoredDuringExecution`
    errors.push(
      ...items(given?.preferredDuringSchedulingIgnoredDuringExecution, preferred, (term, atTerm) => [
        ...weight(term.weight, `${atTerm}.weight`),
        ...validatePodTerm(term.podAffinityTerm, `${atTerm}.podAffinityTerm`),
      ]),
    )
  }
  return errors
}

export function validateSpread(constraints: readonly Spread[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>()
  return items(constraints, path, ({ maxSkew, topologyKey, whenUnsatisfiable, minDomains, ...more }, at) => {
    const errors: FieldError[] = []
    if (maxSkew <= 0) errors.push(field.invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'))
    if (!topologyKey) errors.push(field.required(`${at}.topologyKey`, 'can not be empty'))
    else errors.push(...each(`${at}.topologyKey`, topologyKey, isQualifiedName(topologyKey)))
    const actions = ['DoNotSchedule', 'ScheduleAnyway']
    if (!actions.includes(whenUnsatisfiable)) {
      errors.push(field.notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions))
    }
    const key = `{${topologyKey}, ${whenUnsatisfiable}}`
    if (seen.has(key)) errors.push(field.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, key))
    seen.add(key)
    if (minDomains !== undefined && minDomains <= 0) {
      errors.push(field.invalid(`${at}.minDomains`, minDomains, 'must be greater than zero'))
    }
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`
      errors.push(field.invalid(`${at}.minDomains`, minDomains, text))
    }
    errors.push(...optionalEnum(`${at}.nodeAffinityPolicy`, more.nodeAffinityPolicy, ['Honor', 'Ignore']))
    errors.push(...optionalEnum(`${at}.nodeTaintsPolicy`, more.nodeTaintsPolicy, ['Honor', 'Ignore']))
    return errors.concat(validateLabelSelector(more.labelSelector, `${at}.labelSelector`))
  })
}
