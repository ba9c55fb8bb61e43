import { type FieldError, field } from '@kubets/apimachinery'
import { validateMap } from '../../validation/collections.ts'
import { validateLabel } from '../../validation/names.ts'

/** Names are DNS labels. */
const rules = { max: 32, longestKey: 63 }

interface Counters {
  readonly name: string | undefined
  readonly nameAt: string
  readonly counters: Readonly<Record<string, unknown>> | undefined
  readonly countersAt: string
}

/** A named set of counters: what devices share, or what one of them takes. */
export function validateCounters({ name, nameAt, counters, countersAt }: Counters): FieldError[] {
  return [
    ...(name ? validateLabel(name, nameAt) : [field.required(nameAt)]),
    ...(Object.keys(counters ?? {}).length === 0
      ? [field.required(countersAt)]
      : validateMap(counters, rules, countersAt, validateLabel)),
  ]
}
