import { nameIsDnsSubdomain, Quantity } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { ResourceQuota } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, keep, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { resourceListDefaults } from '../resource/defaults.ts'
import { validateSameScopes, validateSpec, validateStatus } from './validation.ts'

/** Names of what can be both requested and limited. */
const paired = ['cpu', 'memory', 'storage', 'ephemeral-storage']

function quotaWarnings({ spec }: ResourceQuota): string[] {
  const hard = spec?.hard ?? {}
  return paired.flatMap(name => {
    const bare = (name === 'cpu' || name === 'memory') && hard[`requests.${name}`] === undefined
    const request = bare ? name : `requests.${name}`
    const limit = `limits.${name}`
    if (hard[request] === undefined || hard[limit] === undefined) return []
    const [asked, most] = [Quantity.parse(hard[request]), Quantity.parse(hard[limit])]
    return asked.compare(most) > 0 ? [`ResourceQuota ${request} (${asked}) should be less than ${limit} (${most})`] : []
  })
}

const strategy: Strategy<ResourceQuota> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(quota) {
    quota.status = {}
  },
  prepareForUpdate: (quota, old, { subresource }) => keep(quota, old, subresource === 'status' ? 'spec' : 'status'),
  validate: quota => [
    ...validateBuiltinMeta(quota.metadata, true, nameIsDnsSubdomain),
    ...validateSpec(quota.spec),
    ...validateStatus(quota),
  ],
  validateUpdate(quota, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(quota.metadata, old.metadata)
    if (subresource === 'status') return [...errors, ...validateStatus(quota)]
    return [...errors, ...validateSpec(quota.spec), ...validateSameScopes(quota.spec ?? {}, old.spec ?? {})]
  },
  warnings: (quota, old) => (old === undefined ? quotaWarnings(quota) : []),
}

/** `pods: 2/10, …` of the resources that pass. */
function usage({ status }: ResourceQuota, isShown: (name: string) => boolean): string {
  const text = (list: Record<string, string> | undefined, name: string) =>
    Quantity.parse((list !== undefined && Object.hasOwn(list, name) && list[name]) || '0').toString()
  return Object.keys(status?.hard ?? {})
    .sort()
    .filter(isShown)
    .map(name => `${name}: ${text(status?.used, name)}/${text(status?.hard, name)}`)
    .join(', ')
}

const isLimit = (name: string) => name.startsWith('limits.')

export const resourceQuota = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  resource: 'resourcequotas',
  shortNames: ['quota'],
  deleteReturnsObject: true,
  subresources: { status: own('ResourceQuota', readWrite) },
  applyDefaults({ spec, status }) {
    resourceListDefaults(spec?.hard)
    resourceListDefaults(status?.hard)
    resourceListDefaults(status?.used)
  },
  strategy,
  columns: [
    nameColumn,
    column('Request', 'Used and allowed requests and counts, resource by resource.'),
    column('Limit', 'Used and allowed limits, resource by resource.'),
    ageColumn,
  ],
  cells: (quota, now) => [
    quota.metadata?.name ?? '',
    usage(quota, name => !isLimit(name)),
    usage(quota, isLimit),
    age(quota, now),
  ],
})
