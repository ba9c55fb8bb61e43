import type { Pod, Toleration } from '@kubets/api-types'
import type { AdmissionPlugin } from '../admission.ts'

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const
const seconds = 300

/** A pod stays five minutes on a node that is not ready or not reachable, unless it says otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate({ operation, entry, subresource, object }) {
    if (operation === 'DELETE' || entry.group !== '' || entry.resource !== 'pods' || subresource !== '')
      return undefined
    const spec = (object as Pod).spec
    if (spec === undefined) return undefined
    const tolerations: Toleration[] = spec.tolerations ?? []
    const tolerates = (key: string) =>
      tolerations.some(
        t => ((t.key ?? '') === '' || t.key === key) && ((t.effect ?? '') === '' || t.effect === 'NoExecute'),
      )
    const missing = keys.filter(key => !tolerates(key))
    if (missing.length === 0) return undefined
    spec.tolerations = [
      ...tolerations,
      ...missing.map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds })),
    ]
    return undefined
  },
}
