import { field } from '@kubets/apimachinery'
import type { Binding } from '../../../../wire.ts'
import { defineKind, plainStrategy } from '../../../define-kind.ts'

/** Says which node a pod runs on. Only posted; there is nothing to read. */
export const binding = defineKind<Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  resource: 'bindings',
  verbs: ['create'],
  stored: false,
  strategy: {
    ...plainStrategy,
    validate({ target }) {
      const errors = []
      if (target?.kind && target.kind !== 'Node')
        errors.push(field.notSupported('target.kind', target.kind, ['Node', '<empty>']))
      if (!target?.name) errors.push(field.required('target.name'))
      return errors
    },
  },
})
