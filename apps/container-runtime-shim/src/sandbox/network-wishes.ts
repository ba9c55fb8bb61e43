import type { PodSandboxConfig } from '@kubets/cri'
import type { NetworkWishes } from './cni/network.ts'

/** What the pod asks of its network: host ports, and bandwidth by upstream's two annotations. Throws for a bad quantity. */
export function networkWishes(config: PodSandboxConfig): NetworkWishes {
  const rate = (name: string) => {
    const text = config.annotations[name]
    return text === undefined ? undefined : bitsPerSecond(name, text)
  }
  const ingressRate = rate('kubernetes.io/ingress-bandwidth')
  const egressRate = rate('kubernetes.io/egress-bandwidth')
  return {
    portMappings: config.portMappings
      .filter(p => p.hostPort > 0)
      .map(p => ({
        hostPort: p.hostPort,
        containerPort: p.containerPort,
        protocol: p.protocol.toLowerCase(),
        hostIP: p.hostIp,
      })),
    bandwidth:
      ingressRate || egressRate
        ? { ...(ingressRate ? { ingressRate } : {}), ...(egressRate ? { egressRate } : {}) }
        : undefined,
  }
}

const factor: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** Upstream takes rates from 1k to 1P. */
function bitsPerSecond(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(k|M|G|T|P|Ki|Mi|Gi|Ti)?$/.exec(text)
  const value = match ? Number(match[1]) * (factor[match[2] ?? ''] ?? 1) : Number.NaN
  if (Number.isNaN(value)) throw new Error(`annotation ${name} is no quantity: ${text}`)
  if (value < 1e3) throw new Error(`resource is unreasonably small (< 1kbit): annotation ${name}=${text}`)
  if (value > 1e15) throw new Error(`resource is unreasonably large (> 1Pbit): annotation ${name}=${text}`)
  return Math.round(value)
}
