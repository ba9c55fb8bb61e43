import { append, type FieldError, field, isDns1035Label } from '@kubets/apimachinery'
import { validateWebhookClientConfig } from '../../../../validation/webhook-client-config.ts'
import type { Conversion } from '../../../types.ts'
import { validateCaBundle } from './ca-bundle.ts'
import { validateEnum } from './enum.ts'
import { type DefinitionRules, reviewVersions } from './rules.ts'

/** How versions become each other. Paths are those of upstream's internal form, which has no `webhook`. */
export function validateConversion(
  conversion: Conversion | null | undefined,
  rules: DefinitionRules,
  path: string,
): FieldError[] {
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const errors = validateEnum(strategy, ['None', 'Webhook'], `${path}.strategy`)
  const config = webhook?.clientConfig
  const versions = webhook?.conversionReviewVersions ?? []
  const [configAt, versionsAt] = [`${path}.webhookClientConfig`, `${path}.conversionReviewVersions`]
  if (strategy !== 'Webhook') {
    const text = 'should not be set when strategy is not set to Webhook'
    if (config) errors.push(field.forbidden(configAt, text))
    if (versions.length > 0) errors.push(field.forbidden(versionsAt, text))
    return errors
  }
  if (!config) errors.push(field.required(configAt, 'required when strategy is set to Webhook'))
  else {
    append(errors, validateWebhookClientConfig(config, configAt))
    if (config.caBundle && !rules.anyCaBundle) append(errors, validateCaBundle(config.caBundle, `${configAt}.caBundle`))
  }
  return [...errors, ...validateReviewVersions(versions, versionsAt, rules.recognizedReviewVersion)]
}

function validateReviewVersions(versions: readonly string[], path: string, recognized: boolean): FieldError[] {
  if (versions.length === 0) return [field.required(path)]
  const seen = new Set<string>()
  const errors: FieldError[] = []
  versions.forEach((version, index) => {
    const at = `${path}[${index}]`
    if (seen.has(version)) errors.push(field.invalid(at, version, 'duplicate version'))
    else for (const text of isDns1035Label(version)) errors.push(field.invalid(at, version, text))
    seen.add(version)
  })
  if (recognized && !versions.some(version => reviewVersions.includes(version))) {
    errors.push(field.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`))
  }
  return errors
}
