import { defineKind } from '../../../define-kind.ts'
import type { MutatingWebhookConfiguration } from '../../types.ts'
import { applyWebhookDefaults } from '../../webhooks/defaults.ts'
import { webhookCells, webhookColumns, webhookStrategy } from '../../webhooks/strategy.ts'

export const mutatingWebhookConfiguration = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  resource: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      applyWebhookDefaults(webhook)
      webhook.reinvocationPolicy ??= 'Never'
    }
  },
  strategy: webhookStrategy,
  columns: webhookColumns,
  cells: webhookCells,
})
