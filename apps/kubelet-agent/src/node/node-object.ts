import type { Node, NodeStatus } from '@kubets/api-types'
import { Quantity } from '@kubets/apimachinery'
import type { Image } from '@kubets/cri'
import type { KubeletSettings } from '../options.ts'
import { present } from '../present.ts'
import type { Machine } from './machine.ts'

export const kubeletVersion = 'v1.36.0+kubets'
/** Images listed in the Node's status, the largest first. */
const maxImages = 50

export interface NodeFacts {
  settings: KubeletSettings
  machine: Machine
  /** `containerd://1.7.0` */
  runtimeVersion: string
  /** Where the kubelet's server listens. */
  port: number
  images: readonly Image[]
  conditions: NonNullable<NodeStatus['conditions']>
}

const bytes = (n: number) => Quantity.of(BigInt(Math.floor(n)), 'BinarySI').toString()

/** What the machine has, and of that what pods may use. */
export function nodeResources({ settings, machine }: Pick<NodeFacts, 'settings' | 'machine'>) {
  const capacity: Record<string, string> = {
    cpu: String(machine.cpus),
    'ephemeral-storage': bytes(Math.floor(machine.ephemeralStorage / 1_024) * 1_024),
    memory: bytes(Math.floor(machine.memory / 1_024) * 1_024),
    pods: String(settings.maxPods),
  }
  for (const [size, total] of machine.hugepages) capacity[`hugepages-${size}`] = bytes(total)
  const allocatable = { ...capacity }
  for (const [name, reserved] of Object.entries(settings.systemReserved)) {
    if (allocatable[name] === undefined) continue
    const left = Quantity.parse(allocatable[name]).sub(Quantity.parse(reserved))
    allocatable[name] = (left.sign() < 0 ? Quantity.of(0) : left).toString()
  }
  return { capacity, allocatable }
}

export function nodeStatus(facts: NodeFacts): NodeStatus {
  const { settings, machine } = facts
  const images = [...facts.images].sort((a, b) => Number(b.size) - Number(a.size)).slice(0, maxImages)
  return {
    ...nodeResources(facts),
    conditions: facts.conditions,
    addresses: [
      { type: 'InternalIP', address: settings.nodeIp },
      { type: 'Hostname', address: settings.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: facts.runtimeVersion,
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    images: images.map(image => ({
      names: [...image.repoDigests, ...image.repoTags].slice(0, 5),
      sizeBytes: Number(image.size),
    })),
  } as NodeStatus
}

export function nodeLabels(settings: KubeletSettings, machine: Machine): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': settings.nodeName,
    'kubernetes.io/os': 'linux',
    ...settings.nodeLabels,
  }
}

export function newNode(facts: NodeFacts): Node {
  const { settings, machine } = facts
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: settings.nodeName,
      labels: nodeLabels(settings, machine),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: present({
      podCIDR: settings.podCidr,
      podCIDRs: settings.podCidr === undefined ? undefined : [settings.podCidr],
      taints: settings.registerWithTaints.length === 0 ? undefined : [...settings.registerWithTaints],
    }),
    status: nodeStatus(facts),
  } as Node
}
