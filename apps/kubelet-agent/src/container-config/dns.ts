import { readFile } from 'node:fs/promises'
import type { Pod } from '@kubets/api-types'
import type { DNSConfig } from '@kubets/cri'

export interface DnsSettings {
  clusterDns: readonly string[]
  clusterDomain: string
  /** Path of the node's resolv.conf; empty: pods with policy Default get none. */
  resolvConf: string
}

/** The pod's resolv.conf by its dnsPolicy, with dnsConfig laid over it. */
export async function podDns(pod: Pod, settings: DnsSettings): Promise<DNSConfig> {
  const spec = pod.spec
  let policy = spec?.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'ClusterFirst' && spec?.hostNetwork) policy = 'Default'
  if (policy === 'ClusterFirstWithHostNet') policy = 'ClusterFirst'
  if (policy === 'ClusterFirst' && settings.clusterDns.length === 0) policy = 'Default'
  let config: DNSConfig
  if (policy === 'None') config = { servers: [], searches: [], options: [] }
  else {
    const host = await hostDns(settings.resolvConf)
    if (policy === 'Default') config = host
    else {
      const { clusterDomain } = settings
      const namespace = pod.metadata?.namespace ?? 'default'
      const cluster = clusterDomain ? [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain] : []
      config = {
        servers: [...settings.clusterDns],
        searches: unique([...cluster, ...host.searches]),
        options: ['ndots:5'],
      }
    }
  }
  const extra = spec?.dnsConfig
  if (extra === undefined) return config
  const options = new Map(config.options.map(option => [option.split(':')[0] ?? option, option]))
  for (const { name, value } of extra.options ?? [])
    if (name) options.set(name, value === undefined || value === '' ? name : `${name}:${value}`)
  return {
    servers: unique([...config.servers, ...(extra.nameservers ?? [])]),
    searches: unique([...config.searches, ...(extra.searches ?? [])]),
    options: [...options.values()],
  }
}

const unique = (list: readonly string[]) => [...new Set(list)]

async function hostDns(path: string): Promise<DNSConfig> {
  const config: DNSConfig = { servers: [], searches: [], options: [] }
  if (path === '') return config
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return config
    throw error
  }
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/)
    if (word === 'nameserver' && rest[0] !== undefined) config.servers.push(rest[0])
    else if (word === 'search') config.searches = rest
    else if (word === 'options') config.options = rest
  }
  return config
}
