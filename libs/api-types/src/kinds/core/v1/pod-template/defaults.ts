import type { PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { dropInitContainerAnnotations } from '../pod/annotations.ts'
import { applyPodSpecDefaults } from '../pod/defaults.ts'

/**
 * Defaults of a pod's template: those of its spec. What only pods themselves get (requests from limits, service links, ports of the host) is not
 * written into templates, so that a newer server can choose otherwise.
 */
export function applyTemplateDefaults(template: PodTemplateSpec): PodSpec {
  dropInitContainerAnnotations(template.metadata)
  template.spec ??= {} as PodSpec
  applyPodSpecDefaults(template.spec)
  return template.spec
}
