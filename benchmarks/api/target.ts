import { readFile } from 'node:fs/promises'
import { loadKubeconfig } from '@kubets/client'

/** A server to send requests to. */
export interface Target {
  readonly host: string
  readonly port: number
  /** PEM. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly token?: string | undefined
  /** Its process, when it is one of ours: for the main thread's time. */
  readonly pid?: number | undefined
}

/** Any API server, by a kubeconfig file. */
export async function targetOf(file: string): Promise<Target> {
  const options = await loadKubeconfig({ file })
  const url = new URL(options.server)
  return {
    host: url.hostname,
    port: Number(url.port || 443),
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    token: options.token,
  }
}

/** Nanoseconds that the main thread of a process has run. */
export async function mainThreadTime(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')).split(' ')[0])
}
