import { applyRuleDefaults } from '../defaults.ts'
import type { MutatingWebhook, ValidatingWebhook } from '../types.ts'

export function applyWebhookDefaults(webhook: ValidatingWebhook | MutatingWebhook): void {
  webhook.failurePolicy ??= 'Fail'
  webhook.matchPolicy ??= 'Equivalent'
  webhook.namespaceSelector ??= {}
  webhook.objectSelector ??= {}
  webhook.timeoutSeconds ??= 10
  const service = webhook.clientConfig?.service
  if (service) service.port ??= 443
  applyRuleDefaults(webhook.rules)
}
