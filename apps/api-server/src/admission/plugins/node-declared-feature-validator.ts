import type { Node, Pod } from '@kubets/api-types'
import { forbidden, semanticEqual } from '@kubets/apimachinery'
import type { WatchCache } from '@kubets/storage'
import type { AdmissionPlugin } from '../admission.ts'

type Change = (pod: Pod, old: Pod) => boolean

/** What a change of a pod asks of its node, by the names under which nodes declare it; sorted, as they are told. */
const features: readonly (readonly [name: string, needs: Change])[] = [
  [
    'InPlacePodLevelResourcesVerticalScaling',
    (pod, old) => !semanticEqual(pod.spec?.resources ?? null, old.spec?.resources ?? null),
  ],
  [
    'InPlacePodVerticalScalingInitContainers',
    (pod, old) =>
      (old.spec?.initContainers ?? []).some(
        ({ restartPolicy, resources }, i) =>
          restartPolicy !== 'Always' &&
          !semanticEqual(resources ?? null, pod.spec?.initContainers?.[i]?.resources ?? null),
      ),
  ],
]

/** A pod on a node is changed only in ways that its node has said it can follow (`status.declaredFeatures`). */
export function nodeDeclaredFeatureValidator(cache: Pick<WatchCache, 'get'>): AdmissionPlugin {
  return {
    name: 'NodeDeclaredFeatureValidator',
    validate({ operation, entry, subresource, object, oldObject, name }) {
      if (operation !== 'UPDATE' || entry.resource !== 'pods' || entry.group !== '') return undefined
      if (subresource !== '' && subresource !== 'resize') return undefined
      const [pod, old] = [object as Pod, oldObject as Pod]
      const nodeName = pod.spec?.nodeName ?? ''
      // the generation rises with the spec: without that there is nothing new to judge
      if (nodeName === '' || pod.metadata?.generation === old.metadata?.generation) return undefined
      const needed = features.filter(([, needs]) => needs(pod, old)).map(([feature]) => feature)
      if (needed.length === 0) return undefined
      const found = cache.get(`/registry/minions/${nodeName}`)
      if (found === undefined) throw forbidden('pods', name, `node ${JSON.stringify(nodeName)} not found`)
      const node = JSON.parse(Buffer.from(found.bytes).toString()) as Node
      const declared: readonly string[] = node.status?.declaredFeatures ?? []
      const missing = needed.filter(feature => !declared.includes(feature))
      if (missing.length === 0) return undefined
      const why = `pod update requires features ${missing.join(', ')} which are not available on node ${JSON.stringify(nodeName)}`
      throw forbidden('pods', name, why)
    },
  }
}
