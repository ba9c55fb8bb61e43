import type { DaemonSet } from '../../types.ts'

export const templateGenerationAnnotation = 'deprecated.daemonset.template.generation'

/** How often the template changed. `apps/v1` has no field for it any more, so it stands in an annotation. */
export function templateGeneration({ metadata }: DaemonSet): number {
  const text = metadata?.annotations?.[templateGenerationAnnotation] ?? ''
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0
}

/** Every DaemonSet has the annotation, whoever writes it: so its writer owns it. */
export function defaultTemplateGeneration({ metadata }: DaemonSet): void {
  if (metadata === undefined || metadata.annotations?.[templateGenerationAnnotation] !== undefined) return
  metadata.annotations = { ...metadata.annotations, [templateGenerationAnnotation]: '0' }
}

export function setTemplateGeneration(set: DaemonSet, generation: number): void {
  set.metadata = {
    ...set.metadata,
    annotations: { ...set.metadata?.annotations, [templateGenerationAnnotation]: String(generation) },
  }
}
