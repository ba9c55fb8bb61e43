import type { Node, Taint } from '@kubets/api-types'
import type { AdmissionPlugin } from '../admission.ts'

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as Taint

/** A new node takes no pods before the controller of nodes has seen that it is ready: it takes the taint away. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate({ operation, entry, subresource, object }) {
    if (operation !== 'CREATE' || entry.group !== '' || entry.resource !== 'nodes' || subresource !== '')
      return undefined
    const node = object as Node
    const taints = node.spec?.taints ?? []
    if (!taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect))
      node.spec = { ...node.spec, taints: [...taints, { ...notReady }] }
    return undefined
  },
}
