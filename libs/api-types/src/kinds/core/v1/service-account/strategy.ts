import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { ServiceAccount } from '../../../../wire.ts'
import { plainStrategy } from '../../../define-kind.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'

const enforceMountable = 'kubernetes.io/enforce-mountable-secrets'

/** Only the name of a secret counts: it is one of the account's namespace. */
function cleanReferences(account: ServiceAccount): void {
  if (account.secrets !== undefined) {
    account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }))
  }
}

const isEnforcing = ({ metadata }: ServiceAccount) => metadata?.annotations?.[enforceMountable] !== undefined

export const strategy: Strategy<ServiceAccount> = {
  ...(plainStrategy as Strategy<ServiceAccount>),
  prepareForCreate: cleanReferences,
  prepareForUpdate: cleanReferences,
  validate: account => validateBuiltinMeta(account.metadata, true, nameIsDnsSubdomain),
  validateUpdate: (account, old) => validateBuiltinMetaUpdate(account.metadata, old.metadata),
  warnings(account, old) {
    if (!isEnforcing(account) || (old !== undefined && isEnforcing(old))) return []
    const text = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets'
    return [`metadata.annotations[${enforceMountable}]: ${text}`]
  },
}
