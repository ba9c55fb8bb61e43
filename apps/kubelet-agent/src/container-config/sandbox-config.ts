import { join } from 'node:path'
import type { Pod } from '@kubets/api-types'
import type { DNSConfig, Loose, PodSandboxConfig, Protocol } from '@kubets/cri'
import { cpuQuota, cpuShares } from '../resources/linux-resources.ts'
import { podRequests } from '../resources/pod-requests.ts'
import { label } from '../runtime/labels.ts'
import { podHostname } from './hosts-file.ts'
import { sandboxSecurityContext } from './security-context.ts'

export interface SandboxFacts {
  attempt: number
  dns: DNSConfig
  podLogsDir: string
  rootDir: string
  clusterDomain: string
  /** Absolute; undefined: none is given. */
  cgroupParent: string | undefined
}

/** `/var/log/pods/<namespace>_<name>_<uid>` */
export function podLogDirectory(podLogsDir: string, pod: Pod): string {
  const { namespace, name, uid } = pod.metadata ?? {}
  return join(podLogsDir, `${namespace}_${name}_${uid}`)
}

/** CRI's message for the pod's sandbox. Pure. */
export function sandboxConfig(pod: Pod, facts: SandboxFacts): Loose<PodSandboxConfig> {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {}
  const hostNetwork = pod.spec?.hostNetwork === true
  const requests = podRequests(pod)
  const limits = podRequests(pod, 'limits')
  return {
    metadata: { name, namespace, uid, attempt: facts.attempt },
    hostname: hostNetwork ? '' : hostnameOf(pod, facts.clusterDomain),
    logDirectory: podLogDirectory(facts.podLogsDir, pod),
    dnsConfig: facts.dns,
    portMappings: hostNetwork
      ? []
      : (pod.spec?.containers ?? []).concat(pod.spec?.initContainers ?? []).flatMap(container =>
          (container.ports ?? []).map(port => ({
            protocol: (port.protocol ?? 'TCP') as Protocol,
            containerPort: port.containerPort,
            hostPort: port.hostPort ?? 0,
            hostIp: port.hostIP ?? '',
          })),
        ),
    labels: {
      ...pod.metadata?.labels,
      [label.podName]: name,
      [label.podNamespace]: namespace,
      [label.podUid]: uid,
    },
    annotations: pod.metadata?.annotations ?? {},
    linux: {
      cgroupParent: facts.cgroupParent ?? '',
      securityContext: sandboxSecurityContext(pod, facts.rootDir),
      sysctls: Object.fromEntries(
        (pod.spec?.securityContext?.sysctls ?? []).map(s => [s.name.replaceAll('/', '.'), s.value]),
      ),
      resources: {
        cpuShares: cpuShares(requests.get('cpu') ?? 0),
        cpuPeriod: 100_000,
        cpuQuota: cpuQuota(limits.get('cpu') ?? 0),
        memoryLimitInBytes: limits.get('memory') ?? 0,
      },
    },
  }
}

function hostnameOf(pod: Pod, clusterDomain: string): string {
  const { name, domain } = podHostname(pod, clusterDomain)
  return (pod.spec as { setHostnameAsFQDN?: boolean } | undefined)?.setHostnameAsFQDN && domain
    ? `${name}.${domain}`
    : name
}
