import { concernsNode } from '../../framework/cluster-event.ts'
import type { Plugin, Rejection } from '../../framework/plugin.ts'
import type { HostPort } from '../../pod/pod-template.ts'

const name = 'NodePorts'
const taken: Rejection = {
  plugin: name,
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  resolvable: true,
}

/** Host ports are taken once: by address, protocol and number, 0.0.0.0 meaning every address. */
export const nodePorts: Plugin = {
  name,
  filter({ template: { hostPorts } }, { nodes }) {
    if (hostPorts.length === 0) return undefined
    return row => {
      const used = nodes.hostPortsOn(row)
      return hostPorts.some(wanted => used.some(port => conflicts(wanted, port))) ? taken : undefined
    }
  },
  mayHelp(event, pod, cluster) {
    if (event.kind === 'AssignedPodDelete')
      return event.pod.template.hostPorts.some(port => pod.template.hostPorts.some(wanted => conflicts(wanted, port)))
    return concernsNode(event) && nodePorts.filter?.(pod, cluster)?.(event.row) === undefined
  },
}

function conflicts(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
}
