import { append, type FieldError, field, isDns1035Label, isDns1123Subdomain, semanticEqual } from '@kubets/apimachinery'
import { type LabelSelectorRules, validateLabelSelector } from '../../validation/label-selector.ts'
import { validateWebhookClientConfig } from '../../validation/webhook-client-config.ts'
import type { MutatingWebhook, ValidatingWebhook } from '../types.ts'
import { validateMatchConditions } from '../validation/match-conditions.ts'
import { failurePolicies, matchPolicies, reinvocationPolicies } from '../validation/policies.ts'
import { validateRuleWithOperations } from '../validation/rules.ts'

export type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>

/** What an update need not bring in order, because the old object did not have it in order either. */
export interface WebhookRules {
  readonly ignoreMatchConditions?: boolean
  readonly anySideEffects?: boolean
  readonly anyReviewVersion?: boolean
  readonly duplicateNames?: boolean
  readonly invalidLabelValues?: boolean
}

const sideEffectsWithout = ['None', 'NoneOnDryRun']
const sideEffects = ['None', 'NoneOnDryRun', 'Some', 'Unknown']
const reviewVersions = ['v1', 'v1beta1']

export function validateWebhooks(webhooks: readonly Webhook[], rules: WebhookRules = {}): FieldError[] {
  const names = new Set<string>()
  return webhooks.flatMap((webhook, index) => {
    const path = `webhooks[${index}]`
    const { name = '', admissionReviewVersions = [] } = webhook
    const errors = [
      ...validateWebhook(webhook, path, rules),
      ...validateReviewVersions(admissionReviewVersions ?? [], `${path}.admissionReviewVersions`, rules),
    ]
    if (names.has(name) && rules.duplicateNames !== true) errors.push(field.duplicate(`${path}.name`, name))
    if (name !== '') names.add(name)
    return errors
  })
}

/** The leave that the stored webhooks give to their successors. */
export function rulesForUpdate(webhooks: readonly Webhook[], old: readonly Webhook[]): WebhookRules {
  const names = new Set(old.map(({ name }) => name))
  return {
    ignoreMatchConditions:
      webhooks.length === old.length &&
      old.every(({ matchConditions }, index) => semanticEqual(matchConditions, webhooks[index]?.matchConditions)),
    anySideEffects: old.some(webhook => !sideEffectsWithout.includes(webhook.sideEffects ?? '')),
    anyReviewVersion: old.some(
      ({ admissionReviewVersions: versions }) =>
        (versions ?? []).length > 0 && !(versions ?? []).some(version => reviewVersions.includes(version)),
    ),
    duplicateNames: names.size < old.length,
    invalidLabelValues: old.some(
      ({ namespaceSelector, objectSelector }) =>
        validateLabelSelector(namespaceSelector, '').length > 0 || validateLabelSelector(objectSelector, '').length > 0,
    ),
  }
}

function validateWebhook(webhook: Webhook, path: string, rules: WebhookRules): FieldError[] {
  const errors = validateFullyQualifiedName(webhook.name ?? '', `${path}.name`)
  const oneOf = (name: 'failurePolicy' | 'matchPolicy' | 'reinvocationPolicy', values: readonly string[]) => {
    const value = webhook[name]
    if (typeof value === 'string' && !values.includes(value)) {
      errors.push(field.notSupported(`${path}.${name}`, value, values))
    }
  }
  webhook.rules?.forEach((rule, index) => {
    append(errors, validateRuleWithOperations(rule, `${path}.rules[${index}]`))
  })
  oneOf('failurePolicy', failurePolicies)
  oneOf('matchPolicy', matchPolicies)
  const effects = rules.anySideEffects === true ? sideEffects : sideEffectsWithout
  if (typeof webhook.sideEffects !== 'string') {
    errors.push(field.required(`${path}.sideEffects`, `must specify one of ${effects.join(', ')}`))
  } else if (!effects.includes(webhook.sideEffects)) {
    errors.push(field.notSupported(`${path}.sideEffects`, webhook.sideEffects, effects))
  }
  const timeout = webhook.timeoutSeconds ?? 1
  if (timeout < 1 || timeout > 30) {
    const text = 'the timeout value must be between 1 and 30 seconds'
    errors.push(field.invalid(`${path}.timeoutSeconds`, timeout, text))
  }
  const labels: LabelSelectorRules = { allowInvalidValues: rules.invalidLabelValues === true }
  append(errors, validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, labels))
  append(errors, validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, labels))
  oneOf('reinvocationPolicy', reinvocationPolicies)
  append(errors, validateWebhookClientConfig(webhook.clientConfig, `${path}.clientConfig`))
  if (rules.ignoreMatchConditions !== true) {
    append(errors, validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`))
  }
  return errors
}

function validateFullyQualifiedName(name: string, path: string): FieldError[] {
  if (name === '') return [field.required(path)]
  const wrong = isDns1123Subdomain(name)
  if (wrong.length > 0) return [field.invalid(path, name, wrong.join(','))]
  if (name.split('.').length >= 3) return []
  return [field.invalid(path, name, 'should be a domain with at least three segments separated by dots')]
}

function validateReviewVersions(versions: readonly string[], path: string, rules: WebhookRules): FieldError[] {
  const known = reviewVersions.join(', ')
  if (versions.length === 0) return [field.required(path, `must specify one of ${known}`)]
  const seen = new Set<string>()
  const errors: FieldError[] = []
  versions.forEach((version, index) => {
    const at = `${path}[${index}]`
    if (seen.has(version)) errors.push(field.invalid(at, version, 'duplicate version'))
    else for (const text of isDns1035Label(version)) errors.push(field.invalid(at, version, text))
    seen.add(version)
  })
  if (rules.anyReviewVersion !== true && !versions.some(version => reviewVersions.includes(version))) {
    errors.push(field.invalid(path, versions, `must include at least one of ${known}`))
  }
  return errors
}
