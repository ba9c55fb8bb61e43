import { type FieldError, field, type LabelSelector, validateAnnotations, validateLabels } from '@kubets/apimachinery'
import type { PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { validatePodSpec } from '../pod/validation/pod.ts'

/** What every template of pods must be. Labels and annotations are told about beside the spec, as upstream does. */
export function validatePodTemplateSpec(template: PodTemplateSpec, path: string): FieldError[] {
  const spec = template.spec ?? ({} as PodSpec)
  const errors = [
    ...validateLabels(template.metadata?.labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`),
  ]
  if (spec.ephemeralContainers?.length) {
    const text = 'ephemeral containers not allowed in pod template'
    errors.push(field.forbidden(`${path}.spec.ephemeralContainers`, text))
  }
  return errors
}

/** The controller must recognize the pods that it makes. A selector of everything does. */
export function matchesTemplate(selector: LabelSelector, template: PodTemplateSpec, path: string): FieldError[] {
  const labels = template.metadata?.labels
  if (selector.matches(labels)) return []
  const text = '`selector` does not match template `labels`'
  return [field.invalid(`${path}.metadata.labels`, labels ?? null, text)]
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
