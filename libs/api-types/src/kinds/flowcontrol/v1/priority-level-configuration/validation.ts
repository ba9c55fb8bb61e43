import { append, type FieldError, field, semanticEqual } from '@kubets/apimachinery'
import { internalForm } from '../../../validation/internal-form.ts'
import type { PriorityLevelConfiguration } from '../../types.ts'
import { mandatoryFlowControl } from '../bootstrap.ts'

type Spec = NonNullable<PriorityLevelConfiguration['spec']>
type Limited = NonNullable<Spec['limited']>
type Exempt = NonNullable<Spec['exempt']>
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>

const maxQueues = 10_000_000
/** Bits of a flow's hash that choose its queues: with more of them the last one would be dealt unevenly. */
const maxHashBits = 60
const notNegative = 'must be a non-negative integer'
const percent = 'must be between 0 and 100, inclusive'
const isPercent = (value: number) => value >= 0 && value <= 100

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing, path: string): FieldError[] {
  const errors: FieldError[] = []
  const hand = (text: string) => errors.push(field.invalid(`${path}.handSize`, handSize, text))
  if (queueLengthLimit <= 0)
    errors.push(field.invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'))
  if (queues <= 0) errors.push(field.invalid(`${path}.queues`, queues, 'must be positive'))
  else if (queues > maxQueues) {
    errors.push(field.invalid(`${path}.queues`, queues, `must not be greater than ${maxQueues}`))
  }
  if (handSize <= 0) hand('must be positive')
  else if (handSize > queues) hand(`should not be greater than queues (${queues})`)
  else if (Math.ceil(Math.log2(queues) * handSize) > maxHashBits) {
    const what = `required entropy bits of deckSize ${queues} and handSize ${handSize}`
    hand(`${what} should not be greater than ${maxHashBits}`)
  }
  return errors
}

function validateLimited(limited: Limited, path: string): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, limitResponse, lendablePercent, borrowingLimitPercent } = limited
  const errors: FieldError[] = []
  if (shares < 0) errors.push(field.invalid(`${path}.nominalConcurrencyShares`, shares, notNegative))
  const at = `${path}.limitResponse`
  const { type = '', queuing } = limitResponse ?? ({} as NonNullable<Limited['limitResponse']>)
  if (type === 'Reject') {
    if (queuing !== undefined) {
      errors.push(field.forbidden(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'))
    }
  } else if (type === 'Queue') {
    if (queuing === undefined) {
      errors.push(field.required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'))
    } else append(errors, validateQueuing(queuing, `${at}.queuing`))
  } else errors.push(field.notSupported(`${at}.type`, type, ['Queue', 'Reject']))
  if (lendablePercent !== undefined && !isPercent(lendablePercent)) {
    errors.push(field.invalid(`${path}.lendablePercent`, lendablePercent, percent))
  }
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const text = 'if specified, must be a non-negative integer'
    errors.push(field.invalid(`${path}.borrowingLimitPercent`, borrowingLimitPercent, text))
  }
  return errors
}

function validateExempt({ nominalConcurrencyShares, lendablePercent }: Exempt, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (nominalConcurrencyShares !== undefined && nominalConcurrencyShares < 0) {
    errors.push(field.invalid(`${path}.nominalConcurrencyShares`, nominalConcurrencyShares, notNegative))
  }
  if (lendablePercent !== undefined && !isPercent(lendablePercent)) {
    errors.push(field.invalid(`${path}.lendablePercent`, lendablePercent, percent))
  }
  return errors
}

export function validateSpec(name: string, spec: Partial<Spec>): FieldError[] {
  const { type = '', limited, exempt } = spec
  const errors: FieldError[] = []
  if ((name === 'exempt') !== (type === 'Exempt')) {
    errors.push(field.invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"))
  }
  if (type === 'Exempt') {
    if (limited !== undefined) {
      errors.push(field.forbidden('spec.limited', 'must be nil if the type is not Limited'))
    }
    if (exempt !== undefined) append(errors, validateExempt(exempt, 'spec.exempt'))
  } else if (type === 'Limited') {
    if (exempt !== undefined) errors.push(field.forbidden('spec.exempt', 'must be nil if the type is Limited'))
    if (limited === undefined) {
      errors.push(field.required('spec.limited', 'must not be empty when type is Limited'))
    } else append(errors, validateLimited(limited, 'spec.limited'))
  } else errors.push(field.notSupported('spec.type', type, ['Exempt', 'Limited']))
  return [...errors, ...validateMandatory(name, spec)]
}

const mandatory = new Map(mandatoryFlowControl.priorityLevels.map(({ metadata, spec }) => [metadata?.name, spec]))

/** Nobody may change these, but for the seats that the exempt level lends and borrows. */
function validateMandatory(name: string, spec: Partial<Spec>): FieldError[] {
  const wanted = mandatory.get(name)
  if (wanted === undefined) return []
  const part = name === 'exempt' ? " except the 'spec.exempt' field" : ''
  const have = name === 'exempt' ? { ...spec, exempt: wanted.exempt } : spec
  if (semanticEqual(have, wanted)) return []
  return [
    field.invalid(
      'spec',
      internalForm('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec', spec),
      `spec of '${name}'${part} must equal the fixed value`,
    ),
  ]
}
