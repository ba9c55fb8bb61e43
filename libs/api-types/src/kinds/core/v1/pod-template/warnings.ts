import { isDns1123Label } from '@kubets/apimachinery'
import type { ObjectMeta } from '../../../../wire.ts'

export { podTemplateWarnings as warningsForPodTemplate } from '../pod/warnings.ts'

/** Pods are named after their controller, and a pod's name is its hostname. */
export function warningsForName(metadata: ObjectMeta | undefined): string[] {
  const problems = isDns1123Label(metadata?.name ?? '')
  if (problems.length === 0) return []
  const text =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended'
  return [`${text}: [${problems.join(' ')}]`]
}
