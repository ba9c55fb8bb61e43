import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Loose, NetworkUsage } from '@kubets/cri'
import { nanos, type ShimContext } from '../../context.ts'
import { sandboxPaths } from '../../paths.ts'
import { podInterface } from '../../sandbox/cni/network.ts'
import { CLONE } from '../../system/syscalls.ts'

/** Counters of the pod's interfaces; `undefined` for pods in the node's network. */
export function networkUsage(ctx: ShimContext, sandboxId: string): Loose<NetworkUsage> | undefined {
  const netns = join(sandboxPaths(ctx.paths, sandboxId).namespaces, 'net')
  if (!existsSync(netns)) return undefined
  const interfaces = parseNetDev(readInNamespace(ctx, netns)).map(i => ({
    name: i.name,
    rxBytes: { value: i.rxBytes },
    rxErrors: { value: i.rxErrors },
    txBytes: { value: i.txBytes },
    txErrors: { value: i.txErrors },
  }))
  return {
    timestamp: nanos(ctx.clock),
    defaultInterface: interfaces.find(i => i.name === podInterface),
    interfaces: interfaces.filter(i => i.name !== podInterface && i.name !== 'lo'),
  }
}

/** /proc/thread-self/net shows the namespace that the thread is in: in, read, out, in one synchronous stretch. */
function readInNamespace(ctx: ShimContext, netns: string): string {
  const [own, pod] = [openSync('/proc/thread-self/ns/net', 'r'), openSync(netns, 'r')]
  try {
    ctx.sys.setns(pod, CLONE.newnet)
    try {
      return readFileSync('/proc/thread-self/net/dev', 'utf8')
    } finally {
      try {
        ctx.sys.setns(own, CLONE.newnet)
      } catch {
        process.abort() // in the wrong namespace everything this process did would be wrong
      }
    }
  } finally {
    closeSync(own)
    closeSync(pod)
  }
}

export interface InterfaceCounters {
  name: string
  rxBytes: string
  rxErrors: string
  txBytes: string
  txErrors: string
}

/** @param text the content of `/proc/net/dev` */
export function parseNetDev(text: string): InterfaceCounters[] {
  return text.split('\n').flatMap(line => {
    const [name, counters] = line.split(':')
    const fields = counters?.trim().split(/\s+/)
    if (!name || !fields || fields.length < 16) return []
    const at = (index: number) => fields[index] ?? '0'
    return [{ name: name.trim(), rxBytes: at(0), rxErrors: at(2), txBytes: at(8), txErrors: at(10) }]
  })
}
