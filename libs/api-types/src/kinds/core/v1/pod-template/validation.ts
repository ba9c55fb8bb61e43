import { type FieldError, field, type LabelSelector } from '@kubets/apimachinery'
import type { PodTemplateSpec } from '../../../../wire.ts'

export { validatePodTemplateSpec } from '../pod/validation/template.ts'

/** Labels as upstream's errors show them: in order. */
export const shownLabels = (labels: Readonly<Record<string, string>> | undefined): unknown =>
  labels === undefined ? null : Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The controller must recognize the pods that it makes. A selector of everything does. */
export function matchesTemplate(selector: LabelSelector, template: PodTemplateSpec, path: string): FieldError[] {
  const labels = template.metadata?.labels
  if (selector.matches(labels)) return []
  const text = '`selector` does not match template `labels`'
  return [field.invalid(`${path}.metadata.labels`, shownLabels(labels), text)]
}

/** Pods that are replaced when they end: they restart by themselves and never run out of time. `kind` makes them. */
export function validateLasting(template: PodTemplateSpec, path: string, kind: string): FieldError[] {
  const errors: FieldError[] = []
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {}
  if (restartPolicy !== 'Always') {
    errors.push(field.notSupported(`${path}.spec.restartPolicy`, restartPolicy ?? '', ['Always']))
  }
  if (activeDeadlineSeconds !== undefined) {
    const text = `activeDeadlineSeconds in ${kind} is not Supported`
    errors.push(field.forbidden(`${path}.spec.activeDeadlineSeconds`, text))
  }
  return errors
}
