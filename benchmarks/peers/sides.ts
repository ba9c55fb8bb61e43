import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEtcdServer } from '@kubets/storage/etcd-server'
import { built, makeIdentity, startKubeApiserver } from '../../tools/peers/index.ts'
import { startOwnServer } from '../api/servers.ts'
import type { Target } from '../api/target.ts'
import { furnish } from '../storage/pods.ts'

/** An API server over an etcd of its own. */
export interface Side {
  readonly target: Target
  /** ms from its start to its readiness. */
  readonly startedIn: number
}

/**
 * kube-apiserver, built from its Go modules the first time, and the api-server as `npm start` runs it. Upstream asks no authorizer and leaves out some admission
 * plugins, so what it does is rather less.
 */
export async function startSides(
  log: (text: string) => void,
): Promise<{ kubets: Side; upstream: Side } & AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kubets-bench-peers-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  // the version that upstream is built for: with an older one its cache falls behind, and watches end
  const binary = await built('etcd', log)
  const upstreamEtcd = undo.use(await startEtcdServer({ binary }))
  const etcd = undo.use(await startEtcdServer({ binary }))
  await built('kube-apiserver', log)
  const identity = await makeIdentity(folder)
  const began = performance.now()
  const peer = undo.use(await startKubeApiserver({ folder, identity, etcd: upstreamEtcd.endpoint }, log))
  const upstream = {
    target: { host: peer.address, port: peer.port, ca: peer.ca, token: peer.token, pid: peer.pid },
    startedIn: performance.now() - began,
  }
  const kubets = undo.use(
    await startOwnServer({ storage: ['--storage-backend=etcd3', `--etcd-servers=${etcd.endpoint}`] }),
  )
  for (const { target } of [upstream, kubets]) await furnish(target)
  const stack = undo.move()
  return { kubets, upstream, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
