import type { KubeObject } from '../../wire.ts'
import { age, ageColumn, column, nameColumn } from '../define-kind.ts'
import { paramRefCell } from './policy-columns.ts'
import type { ParamRef } from './types.ts'

/** Columns of both kinds of bindings. */
export const bindingColumns = [
  nameColumn,
  column('PolicyName', 'The policy that is put to use.'),
  column('ParamRef', 'The objects that give the policy its parameters here.'),
  ageColumn,
]

export const bindingCells = (
  object: KubeObject & { spec?: { policyName?: string; paramRef?: ParamRef } },
  now: number,
) => [object.metadata?.name ?? '', object.spec?.policyName ?? '', paramRefCell(object.spec?.paramRef), age(object, now)]
