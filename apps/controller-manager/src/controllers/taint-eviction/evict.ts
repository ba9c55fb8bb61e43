import type { Pod } from '@kubets/api-types'
import { formatTime, isNotFound } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import { type Clock, sleep } from '@kubets/component'

export interface EvictOptions {
  client: Pick<Client, 'get' | 'patch' | 'delete'>
  clock: Clock
  signal: AbortSignal
}

const tries = 5
const pause = 10

/** Deletes a pod after its status says why. Throws what went wrong the last time; a pod that is gone is no error. */
export async function evict(options: EvictOptions, key: { namespace: string; name: string }): Promise<void> {
  const { clock, signal } = options
  for (let attempt = 1; ; attempt++) {
    try {
      await tryToEvict(options, key)
      return
    } catch (error) {
      if (isNotFound(error)) return
      if (signal.aborted || attempt >= tries) throw error
    }
    await sleep(pause, signal, clock)
  }
}

async function tryToEvict({ client, clock, signal }: EvictOptions, key: { namespace: string; name: string }) {
  const pod = await client.get<Pod>(resources.pods, key, { signal })
  const present = pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  const told = {
    type: 'DisruptionTarget',
    observedGeneration: pod.metadata?.generation,
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  }
  const same = present?.status === told.status && present.reason === told.reason && present.message === told.message
  if (!same) {
    const lastTransitionTime = present?.status === 'True' ? present.lastTransitionTime : formatTime(clock.now())
    const conditions = [{ ...told, lastProbeTime: null, lastTransitionTime }]
    const body = { metadata: { uid: pod.metadata?.uid }, status: { conditions } }
    await client.patch(resources.pods, key, 'strategic', body, { subresource: 'status', signal })
  }
  await client.delete(resources.pods, key, { signal })
}
