import { type FieldError, nameIsDnsSubdomain } from '@kubets/apimachinery'
import { notNegative } from '../../../validation/numbers.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import type { Scale } from '../../types.ts'

export const validateScale = ({ metadata, spec }: Scale): FieldError[] => [
  ...validateBuiltinMeta(metadata, true, nameIsDnsSubdomain),
  ...notNegative(spec?.replicas, 'spec.replicas'),
]
