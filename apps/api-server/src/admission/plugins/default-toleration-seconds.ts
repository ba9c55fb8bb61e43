import type { Pod, Toleration } from '@kubets/api-types'
import type { AdmissionPlugin } from '../admission.ts'
import type { DefaultTolerationSeconds } from '../configuration/contract.ts'

/** A pod stays five minutes on a node that is not ready or not reachable, unless it or the server's flags say otherwise. */
export function defaultTolerationSeconds(
  { notReady, unreachable }: DefaultTolerationSeconds = { notReady: 300, unreachable: 300 },
): AdmissionPlugin {
  const defaults = [
    ['node.kubernetes.io/not-ready', notReady],
    ['node.kubernetes.io/unreachable', unreachable],
  ] as const
  return {
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
      const missing = defaults.filter(([key]) => !tolerates(key))
      if (missing.length === 0) return undefined
      spec.tolerations = [
        ...tolerations,
        ...missing.map(([key, tolerationSeconds]) => ({
          key,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds,
        })),
      ]
      return undefined
    },
  }
}
