import { chooseEndpoints } from './services/choose-endpoints.ts'
import type { IpFamily, ServicePort } from './services/service-port.ts'
import { portKey } from './services/service-ports.ts'

/**
 * What `conntrack -D` is to forget after a change: the kernel leads the packets of a UDP client to where the first one went,
 * be it an endpoint that has gone, or nowhere because there was none. A TCP client notices and dials again.
 */
export function staleFlows(
  before: readonly ServicePort[],
  after: readonly ServicePort[],
  family: IpFamily,
): string[][] {
  const ipFamily = family === 'IPv4' ? 'ipv4' : 'ipv6'
  const commands: string[][] = []
  const now = new Map(after.map(port => [portKey(port), port]))
  const add = (port: ServicePort, more: readonly string[]) => {
    const begin = ['-D', '-f', ipFamily, '-p', 'udp']
    for (const address of [port.clusterIP, ...port.externalIPs])
      commands.push([...begin, '--orig-dst', address, '--dport', String(port.port), ...more])
    if (port.nodePort !== 0) commands.push([...begin, '--dport', String(port.nodePort), ...more])
  }
  const old = new Map(before.map(port => [portKey(port), port]))
  for (const port of before) {
    if (port.protocol !== 'udp') continue
    const next = now.get(portKey(port))
    const stay = new Set((next === undefined ? [] : chooseEndpoints(next).reachable).map(({ ip }) => ip))
    for (const { ip } of chooseEndpoints(port).reachable) if (!stay.has(ip)) add(port, ['--dst-nat', ip])
  }
  for (const port of after) {
    if (port.protocol !== 'udp' || chooseEndpoints(port).reachable.length === 0) continue
    const last = old.get(portKey(port))
    if (last !== undefined && chooseEndpoints(last).reachable.length > 0) continue
    // those who talk to the address already do so past every endpoint
    if (port.nodePort === 0 || last !== undefined) add(port, [])
    else add({ ...port, nodePort: 0 }, [])
  }
  return commands
}
