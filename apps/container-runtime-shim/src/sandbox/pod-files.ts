import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DNSConfig } from '@kubets/cri'

/**
 * The files that all containers of a pod see under /etc, in the sandbox's folder. The kubelet usually mounts its own
 * /etc/hosts over ours.
 */
export function writePodFiles(dir: string, hostname: string, dns: DNSConfig | null): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, 'hostname'), `${hostname}\n`, { mode: 0o644 })
  writeFileSync(join(dir, 'hosts'), readOr('/etc/hosts', '127.0.0.1\tlocalhost\n'), { mode: 0o644 })
  writeFileSync(join(dir, 'resolv.conf'), dns ? resolvConf(dns) : readOr('/etc/resolv.conf', ''), { mode: 0o644 })
}

/** resolv.conf(5). Without any of the three there is nothing to say, and the file is the node's. */
export function resolvConf(dns: DNSConfig): string {
  const lines = [
    ...(dns.searches.length > 0 ? [`search ${dns.searches.join(' ')}`] : []),
    ...dns.servers.map(server => `nameserver ${server}`),
    ...(dns.options.length > 0 ? [`options ${dns.options.join(' ')}`] : []),
  ]
  return lines.length > 0 ? `${lines.join('\n')}\n` : readOr('/etc/resolv.conf', '')
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return fallback
  }
}
