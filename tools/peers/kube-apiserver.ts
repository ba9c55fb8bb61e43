import { join } from 'node:path'
import { pluginsInTheWay, pluginsNotInKubets } from './admission-plugins.ts'
import { built } from './build.ts'
import { startChild, untilReady } from './child-process.ts'
import { startEtcd } from './etcd.ts'
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

/** Upstream's API server over an etcd of its own, or the one that is given. Ready when `/readyz` says so. */
export async function startKubeApiserver(options: PeerOptions, log: (line: string) => void): Promise<Peer> {
  const { folder } = options
  await using undo = new AsyncDisposableStack()
  const { files, ca, address, port } = await preparePeer(options)
  const binary = await built('kube-apiserver', log)
  const etcd = options.etcd ?? undo.use(await startEtcd(folder, log)).endpoint
  const logFile = join(folder, 'kube-apiserver.log')
  const child = undo.use(
    await startChild(
      binary,
      [
        `--etcd-servers=${etcd}`,
        `--bind-address=${address}`,
        `--secure-port=${port}`,
        `--advertise-address=${advertiseAddress}`,
        `--cert-dir=${folder}`,
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
        `--disable-admission-plugins=${[...pluginsNotInKubets, ...pluginsInTheWay].join(',')}`,
        ...(options.runtimeConfig === undefined ? [] : [`--runtime-config=${options.runtimeConfig}`]),
        ...(options.args ?? []),
      ],
      logFile,
    ),
  )
  await untilReady(child, {
    name: 'kube-apiserver',
    logFile,
    seconds: 180,
    ready: () => isReady({ address, port, ca, token: adminToken }),
  })
  const stack = undo.move()
  return {
    name: 'upstream',
    url: `https://${address}:${port}`,
    address,
    port,
    ca,
    token: adminToken,
    pid: child.pid,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
