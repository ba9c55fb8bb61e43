import type { NodePlan } from './plan.ts'

/**
 * The node's pod network as a CNI chain: a routed link for each pod (`ptp`), host ports and bandwidth limits where a pod
 * asks for them. Routed, not bridged: services and policies between pods of one node then pass the node's own rules.
 */
export function cniConfig(node: Pick<NodePlan, 'podCidr'>, dataDir = '/var/lib/cni'): string {
  return `${JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: 'kubets',
      plugins: [
        {
          type: 'ptp',
          ipMasq: false,
          mtu: 1500,
          ipam: {
            type: 'host-local',
            dataDir: `${dataDir}/networks`,
            ranges: [[{ subnet: node.podCidr }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true }, snat: true },
        { type: 'bandwidth', capabilities: { bandwidth: true } },
      ],
    },
    null,
    2,
  )}\n`
}
