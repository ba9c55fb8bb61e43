import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEtcdStore } from '@kubets/storage'
import { type EtcdCluster, startEtcdCluster } from '@kubets/storage/etcd-cluster'
import { freePort } from '../../../tools/peers/free-port.ts'
import { ApiServerProcess } from './api-server-process.ts'
import { prepareApiServers } from './certificates.ts'
import { type Environment, type Fault, killApiServer } from './fault.ts'

type Member = EtcdCluster['members'][number]

/** Two api-servers over three members of etcd. */
export async function etcdEnvironment(): Promise<Environment> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kubets-chaos-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const cluster = undo.use(await startEtcdCluster({ partitions: true }))
  const { tls, args } = await prepareApiServers(folder)
  const { ca, cert, key } = cluster.files
  const servers: ApiServerProcess[] = []
  for (const i of [1, 2]) {
    const server = undo.use(
      new ApiServerProcess(`api-server-${i}`, await freePort(), [
        ...args,
        `--advertise-address=192.0.2.${i}`,
        '--storage-backend=etcd3',
        `--etcd-servers=${cluster.endpoints.join(',')}`,
        ...[`--etcd-cafile=${ca}`, `--etcd-certfile=${cert}`, `--etcd-keyfile=${key}`],
      ]),
    )
    await server.start()
    servers.push(server)
  }
  const stack = undo.move()
  return {
    servers,
    tls,
    faults: [killApiServer(servers), killLeader(cluster), freezeMember(cluster), cutOffLeader(cluster)],
    openStore: () =>
      openEtcdStore({
        endpoints: cluster.endpoints,
        caFile: ca,
        certFile: cert,
        keyFile: key,
        waitFor: 20_000,
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function killLeader(cluster: EtcdCluster): Fault {
  let killed: Member | undefined
  return {
    name: "kill -9 of etcd's leader",
    lasts: 2_500,
    async inject() {
      killed = await cluster.leader()
      await killed.kill()
    },
    async heal() {
      await killed?.start()
      await cluster.leader()
    },
  }
}

function freezeMember(cluster: EtcdCluster): Fault {
  let frozen: Member | undefined
  return {
    name: 'a member of etcd frozen',
    lasts: 4_000,
    async inject(random) {
      frozen = random.pick(cluster.members)
      frozen.freeze()
    },
    async heal() {
      frozen?.thaw()
      await cluster.leader()
    },
  }
}

function cutOffLeader(cluster: EtcdCluster): Fault {
  let cutOff: Member | undefined
  return {
    name: "etcd's leader cut off from the other members",
    lasts: 3_000,
    async inject() {
      cutOff = await cluster.leader()
      cutOff.partition()
    },
    async heal() {
      cutOff?.heal()
      await cluster.leader()
    },
  }
}
