import { append, type FieldError, field } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { PriorityLevelConfiguration } from '../../types.ts'
import { validateConditions } from '../conditions.ts'
import { flowControlStrategy } from '../strategy.ts'
import { validateSpec } from './validation.ts'

/** Only the conversion of v1beta3 knew it; it must not come from outside. */
const roundTripAnnotation = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares'

function validate({ metadata, spec, status }: PriorityLevelConfiguration): FieldError[] {
  const errors: FieldError[] = []
  if (metadata?.annotations?.[roundTripAnnotation] !== undefined) {
    errors.push(field.forbidden('metadata.annotations', `annotation '${roundTripAnnotation}' is forbidden`))
  }
  append(errors, validateSpec(metadata?.name ?? '', spec ?? {}), validateConditions(status?.conditions))
  return errors
}

export const strategy: Strategy<PriorityLevelConfiguration> = flowControlStrategy(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec',
  validate,
)
