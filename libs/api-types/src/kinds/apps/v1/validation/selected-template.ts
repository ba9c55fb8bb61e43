import { type FieldError, field, type LabelSelectorObject } from '@kubets/apimachinery'
import type { PodTemplateSpec } from '../../../../wire.ts'
import { matchesTemplate, validateLasting, validatePodTemplateSpec } from '../../../core/v1/pod-template/validation.ts'
import {
  compiledSelector,
  isEmptySelector,
  shownSelector,
  validateLabelSelector,
} from '../../../validation/label-selector.ts'

interface Selecting {
  readonly selector?: LabelSelectorObject | null
  readonly template?: PodTemplateSpec
}

/** A Deployment's or ReplicaSet's selector and template: both are there, fit together, and the pods last. `old`: the stored template, whose mistakes may stay. */
export function validateSelectedTemplate({ selector, template = {} }: Selecting, old?: PodTemplateSpec): FieldError[] {
  const errors = validateSelector(selector, 'deployment')
  const compiled = compiledSelector(selector)
  if (compiled === undefined) {
    return [...errors, field.invalid('spec.selector', shownSelector(selector), 'invalid label selector')]
  }
  return [
    ...errors,
    ...matchesTemplate(compiled, template, 'spec.template'),
    ...validatePodTemplateSpec(template, 'spec.template', old),
    ...validateLasting(template, 'spec.template', 'ReplicaSet'),
  ]
}

/** A selector that must be there and must not match everything. `kind` as upstream's sentence names it. */
export function validateSelector(selector: LabelSelectorObject | null | undefined, kind: string): FieldError[] {
  if (!selector) return [field.required('spec.selector')]
  const errors = validateLabelSelector(selector, 'spec.selector')
  if (isEmptySelector(selector)) {
    errors.push(field.invalid('spec.selector', shownSelector(selector), `empty selector is invalid for ${kind}`))
  }
  return errors
}
