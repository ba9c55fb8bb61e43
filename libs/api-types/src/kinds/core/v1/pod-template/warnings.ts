import { isDns1123Label } from '@kubets/apimachinery'
import type { ObjectMeta, PodTemplateSpec } from '../../../../wire.ts'
import { warningsForPod } from '../pod/warnings.ts'

/** What is legal in a template and still no good idea, with the places as the object's reader finds them. */
export function warningsForPodTemplate(template: PodTemplateSpec | undefined, path: string): string[] {
  if (template === undefined) return []
  return warningsForPod(template).map(text => text.replace(/\b(?=(?:spec|metadata)\.)/g, `${path}.`))
}

/** Pods are named after their controller, and a pod's name is its hostname. */
export function warningsForName(metadata: ObjectMeta | undefined): string[] {
  const problems = isDns1123Label(metadata?.name ?? '')
  if (problems.length === 0) return []
  const text =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended'
  return [`${text}: [${problems.join(' ')}]`]
}
