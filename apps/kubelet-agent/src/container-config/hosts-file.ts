import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '@kubets/api-types'

/** Writes the pod's /etc/hosts and gives its path. Pods in the node's network namespace get the node's with their aliases. */
export async function writeHostsFile(
  pod: Pod,
  podDir: string,
  podIps: readonly string[],
  hostname: { name: string; domain: string },
): Promise<string> {
  const path = join(podDir, 'etc-hosts')
  const lines: string[] = []
  if (pod.spec?.hostNetwork) {
    lines.push(
      '# Kubernetes-managed hosts file (host network).',
      await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1\tlocalhost\n'),
    )
  } else {
    lines.push(
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
    )
    for (const ip of podIps)
      lines.push(
        hostname.domain ? `${ip}\t${hostname.name}.${hostname.domain}\t${hostname.name}` : `${ip}\t${hostname.name}`,
      )
  }
  const aliases = pod.spec?.hostAliases ?? []
  if (aliases.length > 0) {
    lines.push('', '# Entries added by HostAliases.')
    for (const { ip, hostnames } of aliases) lines.push(`${ip}\t${(hostnames ?? []).join('\t')}`)
  }
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o644 })
  return path
}

/** The pod's host name and, with a subdomain, its domain. */
export function podHostname(pod: Pod, clusterDomain: string): { name: string; domain: string } {
  const { hostname, subdomain, hostnameOverride } = (pod.spec ?? {}) as {
    hostname?: string
    subdomain?: string
    hostnameOverride?: string
  }
  if (hostnameOverride) return { name: hostnameOverride, domain: '' }
  const name = (hostname || pod.metadata?.name || '').slice(0, 63).replace(/[-.]+$/, '')
  return { name, domain: subdomain ? `${subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}` : '' }
}
