import { join } from 'node:path'
import { built } from './build.ts'
import { startChild, untilReady } from './child-process.ts'
import { freePort } from './free-port.ts'

export interface Etcd extends AsyncDisposable {
  readonly endpoint: string
}

/** One etcd without TLS on a port of its own, its data under `folder`. `other`: another program than the one built here. */
export async function startEtcd(folder: string, log: (line: string) => void, other?: string): Promise<Etcd> {
  const [binary, client, peer] = [other ?? (await built('etcd', log)), await freePort(), await freePort()]
  const endpoint = `http://127.0.0.1:${client}`
  const logFile = join(folder, 'etcd.log')
  const child = await startChild(
    binary,
    [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${endpoint}`,
      `--advertise-client-urls=${endpoint}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      // what is compared lives for minutes: no need to wait for the disk
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    logFile,
  )
  await untilReady(child, {
    name: 'etcd',
    logFile,
    seconds: 60,
    ready: async () => (await fetch(`${endpoint}/health`)).ok,
  })
  return { endpoint, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}
