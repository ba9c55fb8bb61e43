import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'

/** An address to listen on that stands for all. */
export const isAnywhere = (address: string) => address === '0.0.0.0' || address === '::'

/** Where others reach this machine: the address on the default route's interface, as upstream; else the first that is not loopback. Undefined where there is none. */
export async function hostAddress(): Promise<string | undefined> {
  const name = defaultInterface(await readFile('/proc/net/route', 'utf8').catch(() => ''))
  const interfaces = networkInterfaces()
  const found = [interfaces[name ?? ''] ?? [], ...Object.values(interfaces)]
    .flat()
    .find(one => one !== undefined && !one.internal && one.family === 'IPv4')
  return found?.address
}

/** The name of the interface that the kernel's table (`/proc/net/route`) sends what it knows nothing about to: destination and mask 0. */
export function defaultInterface(table: string): string | undefined {
  for (const line of table.split('\n').slice(1)) {
    const [name, destination, , flags, , , , mask] = line.split('\t')
    // 1: the route is up
    if (destination === '00000000' && mask?.trim() === '00000000' && (Number(`0x${flags}`) & 1) === 1) return name
  }
  return undefined
}
