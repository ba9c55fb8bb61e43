import { goQuote } from '@kubets/apimachinery'
import type { Container, PodSpec } from '../../../../wire.ts'
import { allContainers, visitContainers } from './containers.ts'

type Port = NonNullable<Container['ports']>[number]
interface Placed extends Port {
  readonly at: string
}

/** Ports that several containers say they listen on, and what follows from it. */
export function portWarnings(spec: PodSpec, path: string): string[] {
  if (!mayClash(spec)) return []
  const ports: Placed[] = []
  visitContainers(spec, path, ({ ports: own }, at) => {
    own?.forEach((port, index) => {
      ports.push({ ...port, at: `${at}.ports[${index}]` })
    })
  })
  if (ports.length === 0) return []
  return [...sharedPorts(ports), ...sharedNames(ports)]
}

/** So many are compared each with each. */
const fewPorts = 16

/** Few ports of a pod have a number or a name in common, or an address of the host. */
function mayClash(spec: PodSpec): boolean {
  const before: Port[] = []
  for (const { ports } of allContainers(spec))
    for (const port of ports ?? []) {
      if (port.hostIP || before.length === fewPorts) return true
      for (const { containerPort, name } of before)
        if (containerPort === port.containerPort || (name && name === port.name)) return true
      before.push(port)
    }
  return false
}

function sharedPorts(ports: readonly Placed[]): string[] {
  const warnings: string[] = []
  const known = new Map<string, Placed[]>()
  for (const port of ports) {
    const { hostPort = 0, hostIP = '', at } = port
    if (hostIP !== '' && hostPort === 0) warnings.push(`${at}: hostIP set without hostPort: ${shown(port)}`)
    const key = `${port.containerPort}/${port.protocol}`
    const others = known.get(key) ?? []
    for (const other of others) {
      const clash = clashOf(port, other)
      if (clash !== undefined) warnings.push(`${at}: ${clash} port definition with ${other.at}`)
    }
    known.set(key, [...others, port])
  }
  return warnings
}

function clashOf({ hostPort = 0, hostIP = '' }: Port, other: Port): string | undefined {
  const [otherPort, otherIp] = [other.hostPort ?? 0, other.hostIP ?? '']
  if (hostIP === otherIp && hostPort === otherPort) return 'duplicate'
  if (hostPort === 0 || otherPort === 0) return 'overlapping'
  return hostPort === otherPort && (hostIP === '') !== (otherIp === '') ? 'dangerously ambiguous' : undefined
}

/** As Go's `%+v` prints it. */
const shown = ({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: Port) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`

function sharedNames(ports: readonly Placed[]): string[] {
  const warnings: string[] = []
  const known = new Map<string, string>()
  for (const { name, at } of ports) {
    if (!name) continue
    const first = known.get(name)
    if (first === undefined) known.set(name, at)
    else {
      const text = `services and probes that select ports by name will use ${first}`
      warnings.push(`${at}: duplicate port name ${goQuote(name)} with ${first}, ${text}`)
    }
  }
  return warnings
}
