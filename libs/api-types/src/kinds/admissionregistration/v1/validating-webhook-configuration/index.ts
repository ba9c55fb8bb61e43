import { defineKind } from '../../../define-kind.ts'
import type { ValidatingWebhookConfiguration } from '../../types.ts'
import { applyWebhookDefaults } from '../../webhooks/defaults.ts'
import { webhookCells, webhookColumns, webhookStrategy } from '../../webhooks/strategy.ts'

export const validatingWebhookConfiguration = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  resource: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      applyWebhookDefaults(webhook)
    }
  },
  strategy: webhookStrategy,
  columns: webhookColumns,
  cells: webhookCells,
})
