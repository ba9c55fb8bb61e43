import type { IpFamily } from '../services/service-port.ts'
import { rejectChain, table } from './names.ts'
import type { RulesetOptions } from './ruleset.ts'

export interface TableOptions extends Pick<RulesetOptions, 'family' | 'clusterCidr' | 'mark'> {
  masqueradeAll: boolean
  /** At which of the node's addresses node ports answer: at all but loopback, or at those in the set `nodeport-ips`. */
  nodePorts: 'everywhere' | 'listed'
}

/** `add table ip kube-proxy` and what never changes in it: hooks, jumps, empty sets. Begins with the removal of an older one. */
export function tableLines(options: TableOptions): string[] {
  const { mark } = options
  const everywhere = options.nodePorts === 'everywhere'
  const [family, ip, address] = nftFamily(options.family)
  const noLoopback = family === 'ip' ? 'ip daddr != 127.0.0.0/8' : 'ip6 daddr != ::1'
  const at = `${family} ${table}`
  const nodePorts = everywhere ? noLoopback : `${ip} daddr @nodeport-ips`
  const front = `${ip} daddr . meta l4proto . th dport`
  const outside = options.masqueradeAll
    ? [`${ip} daddr @cluster-ips mark set mark or ${mark} comment "masquerade all clusterIP traffic"`]
    : options.clusterCidr
      ? [
          `${ip} daddr @cluster-ips ${ip} saddr != ${options.clusterCidr} mark set mark or ${mark} comment "masquerade clusterIP traffic from outside cluster"`,
        ]
      : []

  const chains: Record<string, { hook?: string; rules?: string[] }> = {
    'cluster-ips-check': {}, // its rules follow the ServiceCIDRs
    [rejectChain]: { rules: ['reject'] },
    'service-endpoints-check': { rules: [`${front} vmap @no-endpoint-services`] },
    'nodeport-endpoints-check': {
      rules: [`${nodePorts} meta l4proto . th dport vmap @no-endpoint-nodeports`],
    },
    services: {
      rules: [
        ...outside,
        `${front} vmap @service-ips`,
        `${everywhere ? 'fib daddr type local ' : ''}${nodePorts} meta l4proto . th dport vmap @service-nodeports`,
      ],
    },
    masquerading: {
      rules: [
        `mark and ${mark} != 0 mark set mark xor ${mark} masquerade fully-random`,
        // a pod that its own service leads back to itself would drop a packet from its own address
        `ct status dnat ${ip} saddr . ${ip} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random`,
      ],
    },
    'filter-input': {
      hook: 'filter hook input priority 0',
      rules: ['ct state new jump nodeport-endpoints-check', 'ct state new jump service-endpoints-check'],
    },
    'filter-forward': {
      hook: 'filter hook forward priority 0',
      rules: ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check'],
    },
    'filter-output': {
      hook: 'filter hook output priority 0',
      rules: ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check'],
    },
    'nat-prerouting': { hook: 'nat hook prerouting priority -100', rules: ['jump services'] },
    'nat-output': { hook: 'nat hook output priority -100', rules: ['jump services'] },
    'nat-postrouting': { hook: 'nat hook postrouting priority 100', rules: ['jump masquerading'] },
  }
  const sets: Record<string, string> = {
    'set cluster-ips': `type ${address} ; comment "Active ClusterIPs" ;`,
    'set hairpin-connections': `type ${address} . ${address} . inet_proto . inet_service ; comment "service hairpin connections" ;`,
    'map service-ips': `type ${address} . inet_proto . inet_service : verdict ; comment "ClusterIP and ExternalIP traffic" ;`,
    'map service-nodeports': 'type inet_proto . inet_service : verdict ; comment "NodePort traffic" ;',
    'map no-endpoint-services': `type ${address} . inet_proto . inet_service : verdict ; comment "vmap to drop or reject packets to services with no endpoints" ;`,
    'map no-endpoint-nodeports':
      'type inet_proto . inet_service : verdict ; comment "vmap to drop or reject packets to service nodeports with no endpoints" ;',
    'set nodeport-ips': `type ${address} ; comment "IPs that accept NodePort traffic" ;`,
  }
  return [
    ...removalLines(options.family),
    `add table ${at} { comment "rules for kube-proxy" ; }`,
    ...Object.entries(sets).map(([name, body]) => `add ${name.replace(' ', ` ${at} `)} { ${body} }`),
    ...Object.entries(chains).map(
      ([name, { hook }]) => `add chain ${at} ${name}${hook === undefined ? '' : ` { type ${hook} ; }`}`,
    ),
    ...Object.entries(chains).flatMap(([name, { rules = [] }]) => rules.map(rule => `add rule ${at} ${name} ${rule}`)),
  ]
}

/** Ends in no table, whether there was one or not. */
export function removalLines(family: IpFamily): string[] {
  const at = `${nftFamily(family)[0]} ${table}`
  return [`add table ${at}`, `delete table ${at}`]
}

/** nft's words: of the table, of a header's field, of an address's type. */
export function nftFamily(family: IpFamily): readonly ['ip' | 'ip6', 'ip' | 'ip6', string] {
  return family === 'IPv4' ? ['ip', 'ip', 'ipv4_addr'] : ['ip6', 'ip6', 'ipv6_addr']
}
