import type { KubeObject } from '../../wire.ts'
import { age, ageColumn, column, nameColumn } from '../define-kind.ts'
import { paramRefCell } from './policy-columns.ts'
import type { ParamRef } from './types.ts'

/** Columns of both kinds of bindings. */
export const bindingColumns = [
  nameColumn,
  column('PolicyName', 'PolicyName indicates the policy definition which the policy binding binded to'),
  column('ParamRef', 'ParamRef indicates the param resource which sets the configuration param'),
  ageColumn,
]

export const bindingCells = (
  object: KubeObject & { spec?: { policyName?: string; paramRef?: ParamRef } },
  now: number,
) => [object.metadata?.name ?? '', object.spec?.policyName ?? '', paramRefCell(object.spec?.paramRef), age(object, now)]
