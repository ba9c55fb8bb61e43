import { append, type FieldError, field, isQualifiedName, nameIsDnsLabel } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { validateLabelSelector } from '../../../../validation/label-selector.ts'
import { each, items } from './checks.ts'
import { validateMatchLabelKeys } from './match-label-keys.ts'
import { validateNodeSelector, validateNodeSelectorTerm } from './node-selector.ts'
import type { PodRules } from './rules.ts'

type Affinity = NonNullable<PodSpec['affinity']>
type PodAffinity = NonNullable<Affinity['podAffinity']>
type PodTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number]

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

const weight = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && value >= 1 && value <= 100
    ? []
    : [field.invalid(path, value ?? 0, 'must be in the range 1-100')]

function validatePodTerm(term: PodTerm, path: string, rules: PodRules): FieldError[] {
  const { topologyKey = '', labelSelector, namespaceSelector, namespaces } = term
  const values = { allowInvalidValues: rules.allowInvalidSelectorValues }
  const errors = [
    ...validateLabelSelector(labelSelector, `${path}.labelSelector`, values),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, values),
  ]
  for (const name of namespaces ?? []) append(errors, each(`${path}.namespace`, name, nameIsDnsLabel(name, false)))
  append(errors, validateMatchLabelKeys(term, path))
  if (topologyKey === '') errors.push(field.required(`${path}.topologyKey`, 'can not be empty'))
  return [...errors, ...each(`${path}.topologyKey`, topologyKey, isQualifiedName(topologyKey))]
}

function validatePodAffinity(given: PodAffinity | undefined, path: string, rules: PodRules): FieldError[] {
  if (given === undefined) return []
  return [
    ...items(given[required], `${path}.${required}`, (term, at) => validatePodTerm(term, at, rules)),
    ...items(given[preferred], `${path}.${preferred}`, (term, at) => [
      ...weight(term.weight, `${at}.weight`),
      ...validatePodTerm(term.podAffinityTerm ?? { topologyKey: '' }, `${at}.podAffinityTerm`, rules),
    ]),
  ]
}

function validateNodeAffinity(given: Affinity['nodeAffinity'], path: string, rules: PodRules): FieldError[] {
  if (given === undefined) return []
  const must = given[required]
  const values = { allowInvalidValues: rules.allowInvalidNodeAffinityValues }
  return [
    ...(must ? validateNodeSelector(must, `${path}.${required}`, values) : []),
    ...items(given[preferred], `${path}.${preferred}`, (term, at) => [
      ...weight(term.weight, `${at}.weight`),
      ...validateNodeSelectorTerm(term.preference ?? {}, `${at}.preference`, { allowInvalidValues: true }),
    ]),
  ]
}

export function validateAffinity(affinity: PodSpec['affinity'], path: string, rules: PodRules): FieldError[] {
  if (affinity === undefined) return []
  return [
    ...validateNodeAffinity(affinity.nodeAffinity, `${path}.nodeAffinity`, rules),
    ...validatePodAffinity(affinity.podAffinity, `${path}.podAffinity`, rules),
    ...validatePodAffinity(affinity.podAntiAffinity, `${path}.podAntiAffinity`, rules),
  ]
}
