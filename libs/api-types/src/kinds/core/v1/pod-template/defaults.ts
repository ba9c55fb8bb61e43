import type { PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { applyPodSpecDefaults } from '../pod/defaults.ts'

/** Init containers once stood in annotations. Clients of that time still send them beside the fields, which alone count. */
const obsolete = [
  'pod.beta.kubernetes.io/init-containers',
  'pod.alpha.kubernetes.io/init-containers',
  'pod.beta.kubernetes.io/init-container-statuses',
  'pod.alpha.kubernetes.io/init-container-statuses',
]

/**
 * Defaults of a pod's template: those of its spec. What only pods themselves get (requests from limits, service links, ports of the host) is not
 * written into templates, so that a newer server can choose otherwise.
 */
export function applyTemplateDefaults(template: PodTemplateSpec): PodSpec {
  const annotations = template.metadata?.annotations
  if (annotations !== undefined) for (const name of obsolete) delete annotations[name]
  template.spec ??= {} as PodSpec
  applyPodSpecDefaults(template.spec)
  return template.spec
}
