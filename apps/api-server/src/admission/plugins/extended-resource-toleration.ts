import { isExtendedResourceName, type Pod, type Toleration } from '@kubets/api-types'
import type { AdmissionPlugin } from '../admission.ts'
import { writesTo } from '../writes.ts'

const concerns = writesTo({ resource: 'pods' }, ['CREATE', 'UPDATE'])

/** Nodes with special devices are tainted with the name of the resource: a pod that asks for it tolerates that. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  mutate(request) {
    if (!concerns(request)) return undefined
    const { spec } = request.object as Pod
    if (spec === undefined) return undefined
    const names = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      Object.keys(resources?.requests ?? {}).filter(isExtendedResourceName),
    )
    for (const key of [...new Set(names)].sort()) tolerate(spec, { key, operator: 'Exists', effect: 'NoSchedule' })
    return undefined
  },
}

/** Replaces a toleration of the same taint, or adds it. */
function tolerate(spec: NonNullable<Pod['spec']>, wanted: Toleration): void {
  const same = (spec.tolerations ?? []).findIndex(
    ({ key, operator, value, effect }) =>
      key === wanted.key && effect === wanted.effect && operator === wanted.operator && (value ?? '') === '',
  )
  if (same === -1) spec.tolerations = [...(spec.tolerations ?? []), wanted]
  else spec.tolerations = (spec.tolerations ?? []).with(same, wanted)
}
