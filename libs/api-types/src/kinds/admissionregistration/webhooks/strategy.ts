import { nameIsDnsSubdomain, semanticEqual, validateObjectMeta } from '@kubets/apimachinery'
import type { Strategy } from '../../../catalogue/contract.ts'
import { age, ageColumn, column, nameColumn } from '../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../generation.ts'
import { loadCel } from '../../validation/cel/library.ts'
import { hasExpressions } from '../../validation/effort.ts'
import { reservedNameWarnings } from '../reserved-name.ts'
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../types.ts'
import { rulesForUpdate, validateWebhooks, type Webhook } from './validation.ts'

export type WebhookConfiguration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration

const webhooksOf = ({ webhooks }: WebhookConfiguration) => (webhooks ?? []) as Webhook[]

/** The rules of both kinds of configurations. */
export const webhookStrategy: Strategy<WebhookConfiguration> = {
  ready: object => (hasExpressions(webhooksOf(object)) ? loadCel() : undefined),
  isHeavy: object => hasExpressions(webhooksOf(object)),
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: firstGeneration,
  prepareForUpdate: (object, old) => countGeneration(object, old, !semanticEqual(object.webhooks, old.webhooks)),
  validate: object => [
    ...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain),
    ...validateWebhooks(webhooksOf(object)),
  ],
  validatesMetaUpdate: false,
  validateUpdate: (object, old) => [
    ...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain),
    ...validateWebhooks(webhooksOf(object), rulesForUpdate(webhooksOf(object), webhooksOf(old))),
  ],
  warnings: reservedNameWarnings,
}

export const webhookColumns = [
  nameColumn,
  column('Webhooks', 'How many webhooks are called.', { type: 'integer' }),
  ageColumn,
]

export const webhookCells = (object: WebhookConfiguration, now: number) => [
  object.metadata?.name ?? '',
  webhooksOf(object).length,
  age(object, now),
]
