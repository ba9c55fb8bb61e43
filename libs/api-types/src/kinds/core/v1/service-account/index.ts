import { nameIsDnsSubdomain, validateObjectMeta, validateObjectMetaUpdate } from '@kubets/apimachinery'
import type { ServiceAccount } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn, plainStrategy } from '../../../define-kind.ts'

export const serviceAccount = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
  subresources: { token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] } },
  deleteReturnsObject: true,
  shortNames: ['sa'],
  storagePrefix: '/registry/serviceaccounts/',
  strategy: {
    ...plainStrategy,
    validate: account => validateObjectMeta(account.metadata, true, nameIsDnsSubdomain),
    validateUpdate: (account, old) => validateObjectMetaUpdate(account.metadata, old.metadata),
  },
  columns: [nameColumn, column('Secrets', 'Number of secrets that pods of this account may use.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', object.secrets?.length ?? 0, age(object, now)],
})
