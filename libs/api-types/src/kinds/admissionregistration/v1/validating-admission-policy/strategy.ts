import { validateObjectMetaUpdate } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { strategyOf } from '../../policy-strategy.ts'
import type { ValidatingAdmissionPolicy } from '../../types.ts'
import { validateStatus } from './status-validation.ts'
import { validateSpec } from './validation.ts'

const main = strategyOf<ValidatingAdmissionPolicy>(validateSpec)

export const strategy: Strategy<ValidatingAdmissionPolicy> = {
  ...main,
  prepareForCreate(policy, context) {
    policy.status = {}
    main.prepareForCreate(policy, context)
  },
  prepareForUpdate(policy, old, context) {
    if (context.subresource === 'status') {
      keep(policy, old, 'spec')
      keepMetaForStatus(policy, old)
      return
    }
    keep(policy, old, 'status')
    main.prepareForUpdate(policy, old, context)
  },
  validateUpdate: (policy, old, context) =>
    context.subresource === 'status'
      ? [...validateObjectMetaUpdate(policy.metadata, old.metadata), ...validateStatus(policy)]
      : main.validateUpdate(policy, old, context),
  resetFields: subresource => (subresource === 'status' ? ['spec', 'metadata'] : ['status']),
}
