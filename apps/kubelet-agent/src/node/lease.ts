import type { Lease } from '@kubets/api-types'
import { formatMicroTime, isConflict, isNotFound } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import { type Clock, type Logger, sleep } from '@kubets/component'

export interface NodeLeaseOptions {
  client: Pick<Client, 'get' | 'create' | 'update'>
  nodeName: string
  /** The Node's uid once it is registered: the lease goes with it. */
  nodeUid(): string | undefined
  durationSeconds: number
  clock: Clock
  logger: Logger
}

const namespace = 'kube-node-lease'

/** The node's heartbeat: its Lease in kube-node-lease, renewed every quarter of its duration. */
export function startNodeLease(options: NodeLeaseOptions): AsyncDisposable {
  const { client, nodeName, clock, logger } = options
  const ended = new AbortController()
  const { signal } = ended
  const period = (options.durationSeconds * 1_000) / 4
  let lease: Lease | undefined

  const spec = () => ({
    holderIdentity: nodeName,
    leaseDurationSeconds: options.durationSeconds,
    renewTime: formatMicroTime(clock.now()),
  })

  async function renew(): Promise<void> {
    lease ??= await client.get<Lease>(resources.leases, { namespace, name: nodeName }, { signal }).catch(error => {
      if (isNotFound(error)) return undefined
      throw error
    })
    const uid = options.nodeUid()
    const ownerReferences = uid === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }]
    const metadata = {
      ...lease?.metadata,
      name: nodeName,
      namespace,
      ...(uid === undefined ? {} : { ownerReferences }),
    }
    const next = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: { ...lease?.spec, ...spec() },
    } as Lease
    lease =
      lease === undefined
        ? await client.create<Lease>(resources.leases, next, { signal })
        : await client.update<Lease>(resources.leases, next, { signal })
  }

  async function run(): Promise<void> {
    let pause = 200
    while (!signal.aborted) {
      try {
        await renew()
        pause = 200
        await sleep(period, signal, clock)
      } catch (error) {
        if (signal.aborted) return
        if (isConflict(error) || isNotFound(error)) lease = undefined
        else logger.warn({ err: error }, 'Failed to renew the node lease, will retry')
        await sleep(pause, signal, clock)
        pause = Math.min(pause * 2, 7_000)
      }
    }
  }

  const done = run()
  return {
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done
    },
  }
}
