import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pluginsInTheWay } from './admission-plugins.ts'
import { startChild, untilReady } from './child-process.ts'
import {
  adminToken,
  advertiseAddress,
  issuer,
  type Peer,
  type PeerOptions,
  preparePeer,
  serviceClusterIpRange,
} from './peer.ts'
import { isReady } from './ready.ts'

const main = join(import.meta.dirname, '../../apps/api-server/src/main.ts')
const run = promisify(execFile)

/** kubets' API server over its embedded store, or the etcd that is given, with the settings of upstream's. A flag that it does not know yet is left out, and said. */
export async function startKubetsApiServer(options: PeerOptions, log: (line: string) => void): Promise<Peer> {
  const { folder } = options
  await using undo = new AsyncDisposableStack()
  const { files, ca, address, port } = await preparePeer(options)
  await mkdir(join(folder, 'store'), { recursive: true })
  const known = new Set((await run(process.execPath, [main, '--help'])).stdout.match(/--[a-z][a-z0-9-]*/g))
  const wanted = [
    `--bind-address=${address}`,
    `--secure-port=${port}`,
    `--advertise-address=${advertiseAddress}`,
    `--tls-cert-file=${files.cert}`,
    `--tls-private-key-file=${files.key}`,
    `--client-ca-file=${files.ca}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=AlwaysAllow',
    `--service-account-issuer=${issuer}`,
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-cluster-ip-range=${serviceClusterIpRange}`,
    // what is asked late finds the same history as what is asked early
    '--etcd-compaction-interval=0',
    '--allow-privileged=true',
    `--disable-admission-plugins=${pluginsInTheWay.join(',')}`,
    ...(options.etcd === undefined
      ? ['--storage-backend=embedded', `--data-dir=${join(folder, 'store')}`]
      : ['--storage-backend=etcd3', `--etcd-servers=${options.etcd}`]),
    ...(options.runtimeConfig === undefined ? [] : [`--runtime-config=${options.runtimeConfig}`]),
    ...(options.args ?? []),
  ]
  const isKnown = (flag: string) => known.has(flag.slice(0, flag.indexOf('=')))
  for (const flag of wanted.filter(flag => !isKnown(flag))) log(`kubets does not know ${flag}: left out`)
  const logFile = join(folder, 'kubets-api-server.log')
  const child = undo.use(await startChild(process.execPath, [main, ...wanted.filter(isKnown)], logFile))
  await untilReady(child, {
    name: "kubets' api-server",
    logFile,
    seconds: 60,
    ready: () => isReady({ address, port, ca, token: adminToken }),
  })
  const stack = undo.move()
  return {
    name: 'kubets',
    url: `https://${address}:${port}`,
    address,
    port,
    ca,
    token: adminToken,
    pid: child.pid,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
