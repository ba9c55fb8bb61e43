import type { Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { AdmissionPlugin } from '../admission.ts'
import { writesTo } from '../writes.ts'

const concerns = writesTo({ resource: 'pods' }, ['CREATE', 'UPDATE'])
const allowed = 'kubernetes.io/hostname'

/** A pod may keep others off its node, not off a whole zone. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  validate(request) {
    if (!concerns(request)) return undefined
    const { spec } = request.object as Pod
    const terms = spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const other = terms.find(({ topologyKey }) => topologyKey !== allowed)
    if (other === undefined) return undefined
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${other.topologyKey} but only key ${allowed} is allowed`
    throw forbidden('pods', request.name, why)
  },
}
