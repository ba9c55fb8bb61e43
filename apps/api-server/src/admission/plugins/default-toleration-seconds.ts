import type { Pod, Toleration } from '@kubets/api-types'
import type { AdmissionPlugin } from '../admission.ts'
import type { DefaultTolerationSeconds } from '../configuration/contract.ts'

/** A pod stays five minutes on a node that is not ready or not reachable, unless it or the server's flags say otherwise. */
export function defaultTolerationSeconds(
  { notReady, unreachable }: DefaultTolerationSeconds = { notReady: 300, unreachable: 300 },
): AdmissionPlugin {
  const defaults = [
    { key: 'node.kubernetes.io/not-ready', tolerationSeconds: notReady },
    { key: 'node.kubernetes.io/unreachable', tolerationSeconds: unreachable },
  ]
  return {
    name: 'DefaultTolerationSeconds',
    mutate({ operation, entry, subresource, object }) {
      if (operation === 'DELETE' || entry.group !== '' || entry.resource !== 'pods' || subresource !== '')
        return undefined
      const spec = (object as Pod).spec
      if (spec === undefined) return undefined
      const given = spec.tolerations ?? []
      let tolerations = given
      for (const { key, tolerationSeconds } of defaults) {
        if (!given.some(one => tolerates(one, key)))
          tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }]
      }
      if (tolerations !== given) spec.tolerations = tolerations
      return undefined
    },
  }
}

const tolerates = ({ key = '', effect = '' }: Toleration, wanted: string): boolean =>
  (key === '' || key === wanted) && (effect === '' || effect === 'NoExecute')
