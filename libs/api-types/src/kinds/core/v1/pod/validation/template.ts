import { type FieldError, field, validateAnnotations, validateLabels } from '@kubets/apimachinery'
import type { PodTemplateSpec } from '../../../../../wire.ts'
import { validatePodAnnotations } from './annotations.ts'
import { validatePodSpec } from './pod.ts'
import { validateProfilesMatch } from './profiles.ts'
import { rulesAfter } from './rules.ts'

/** A template of pods in an object of another kind. `old`: the stored one, whose mistakes may stay. Defaults must have been set. */
export function validatePodTemplateSpec(template: PodTemplateSpec, path: string, old?: PodTemplateSpec): FieldError[] {
  const spec = template.spec ?? { containers: [] }
  const { labels, annotations } = template.metadata ?? {}
  const rules = rulesAfter(old, false)
  const errors = [
    ...validateLabels(labels, `${path}.labels`),
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...validatePodAnnotations(annotations, spec, `${path}.annotations`, rules),
    ...validatePodSpec(spec, `${path}.spec`, rules),
    ...validateProfilesMatch(annotations, spec, `${path}.spec`),
  ]
  if (spec.ephemeralContainers?.length) {
    const text = 'ephemeral containers not allowed in pod template'
    errors.push(field.forbidden(`${path}.spec.ephemeralContainers`, text))
  }
  return errors
}
