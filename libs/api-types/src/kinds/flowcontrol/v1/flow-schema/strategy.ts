import { append, type FieldError, field, isDns1123Subdomain, semanticEqual } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import type { FlowSchema } from '../../types.ts'
import { mandatoryFlowControl } from '../bootstrap.ts'
import { validateConditions } from '../conditions.ts'
import { flowControlStrategy } from '../strategy.ts'
import { validateRule } from './rules.ts'

type Spec = NonNullable<FlowSchema['spec']>

const maxPrecedence = 10_000
const distinguishers = ['ByNamespace', 'ByUser']

function validateSpec(name: string, spec: Partial<Spec>): FieldError[] {
  const { matchingPrecedence = 0, distinguisherMethod, rules = [] } = spec
  const errors: FieldError[] = []
  const precedence = (text: string) => errors.push(field.invalid('spec.matchingPrecedence', matchingPrecedence, text))
  if (matchingPrecedence <= 0) precedence('must be a positive value')
  if (matchingPrecedence > maxPrecedence) precedence(`must not be greater than ${maxPrecedence}`)
  if (matchingPrecedence === 1 && name !== 'exempt') {
    precedence("only the schema named 'exempt' may have matchingPrecedence 1")
  }
  if (distinguisherMethod !== undefined && !distinguishers.includes(distinguisherMethod.type)) {
    const value = { Type: distinguisherMethod.type ?? '' }
    errors.push(field.notSupported('spec.distinguisherMethod.type', value, distinguishers))
  }
  const level = spec.priorityLevelConfiguration?.name ?? ''
  const at = 'spec.priorityLevelConfiguration.name'
  if (level === '') errors.push(field.required(at, 'must reference a priority level'))
  else
    append(
      errors,
      isDns1123Subdomain(level).map(text => field.invalid(at, level, text)),
    )
  rules.forEach((rule, i) => {
    append(errors, validateRule(rule, `spec.rules[${i}]`))
  })
  return errors
}

const mandatory = new Map(mandatoryFlowControl.flowSchemas.map(object => [object.metadata?.name ?? '', object.spec]))

/** Without these some requests had no place to go: nobody may change them. */
function validateMandatory(name: string, spec: Partial<Spec>): FieldError[] {
  const wanted = mandatory.get(name)
  if (wanted === undefined || semanticEqual(spec, wanted)) return []
  return [
    field.invalid(
      'spec',
      internalForm('io.k8s.api.flowcontrol.v1.FlowSchemaSpec', spec),
      `spec of '${name}' must equal the fixed value`,
    ),
  ]
}

function validate({ metadata, spec = {} as never, status }: FlowSchema): FieldError[] {
  const name = metadata?.name ?? ''
  return [...validateSpec(name, spec), ...validateMandatory(name, spec), ...validateConditions(status?.conditions)]
}

export const strategy: Strategy<FlowSchema> = flowControlStrategy('io.k8s.api.flowcontrol.v1.FlowSchemaSpec', validate)
