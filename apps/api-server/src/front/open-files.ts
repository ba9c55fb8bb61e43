import { readFileSync } from 'node:fs'

/** What a process may have open where nothing says how much that is. */
const usual = 1_024

/** How a server divides the files that its process may have open. */
export interface OpenFiles {
  /** Connections of clients, unless somebody says how many. */
  readonly clients: number
  /** Whatever somebody says. */
  readonly mostClients: number
  /** Connections that clients have us make: to kubelets, pods and Services. */
  readonly proxied: number
}

/** How many files and sockets this process may have open (`ulimit -n`; Node raises it to the hard limit when it starts). */
export function openFilesLimit(limits: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number {
  let text: string
  try {
    text = limits()
  } catch {
    return usual
  }
  const soft = /^Max open files +(\S+)/m.exec(text)?.[1]
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? usual)
}

/**
 * A quarter, 1,024 at most, stays for ourselves: store, logs, threads, webhooks (which the bounds of requests in flight bound in turn). Of the rest clients
 * have three parts, and what is passed on for them one. More than 50,000 clients are rather a matter of memory: an idle one costs about 70 KB.
 */
export function divideOpenFiles(limit: number): OpenFiles {
  const shared = limit - Math.min(1_024, Math.ceil(limit / 4))
  const mostClients = Math.max(1, Math.floor((shared * 3) / 4))
  return {
    clients: Math.min(50_000, mostClients),
    mostClients,
    proxied: Math.max(1, Math.min(16_384, Math.floor(shared / 4))),
  }
}
