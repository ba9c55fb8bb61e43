import { randomUUID } from 'node:crypto'
import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { LimitRange } from '../../../../wire.ts'
import { createdAtCells, createdAtColumns } from '../../../created-at.ts'
import { defineKind } from '../../../define-kind.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import { applyDefaults } from './defaults.ts'
import { validateLimits } from './validation.ts'

const strategy: Strategy<LimitRange> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate(range) {
    // The one kind whose objects need no name.
    range.metadata ??= {}
    range.metadata.name ||= randomUUID()
  },
  prepareForUpdate: () => {},
  validate: range => [...validateBuiltinMeta(range.metadata, true, nameIsDnsSubdomain), ...validateLimits(range)],
  validatesMetaUpdate: false,
  validateUpdate: range => [...validateBuiltinMeta(range.metadata, true, nameIsDnsSubdomain), ...validateLimits(range)],
}

export const limitRange = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  resource: 'limitranges',
  shortNames: ['limits'],
  applyDefaults,
  strategy,
  columns: createdAtColumns,
  cells: createdAtCells,
})
