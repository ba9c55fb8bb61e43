import type { Clock, HealthCheck } from '@kubets/component'
import type { KeyValueStore } from '@kubets/storage'

const defaultTimeout = 2_000

/**
 * Whether the store answers. It is asked once in half the timeout; whoever asks more often hears the last answer, so that many probes do not
 * become a load, as upstream does. The names `etcd` and `etcd-readiness` stay whatever the store is: probes and dashboards know them.
 */
export function storeCheck(
  name: string,
  store: Pick<KeyValueStore, 'revision'>,
  clock: Clock,
  timeout = defaultTimeout,
): HealthCheck {
  let askedAt = Number.NEGATIVE_INFINITY
  let last: Error | undefined = new Error('etcd client connection not yet established')
  return {
    name,
    async check() {
      const now = clock.now()
      if (now - askedAt >= timeout / 2) {
        askedAt = now
        const answer = await ask(store, clock, timeout)
        // a later question may have been answered before this one
        if (askedAt === now) last = answer
        if (answer !== undefined) throw answer
        return
      }
      if (last !== undefined) throw last
    },
  }
}

function ask(store: Pick<KeyValueStore, 'revision'>, clock: Clock, timeout: number): Promise<Error | undefined> {
  return new Promise(resolve => {
    const failed = (error: unknown) =>
      new Error(`error getting data from etcd: ${error instanceof Error ? error.message : String(error)}`)
    const cancel = clock.after(timeout, () => resolve(failed('context deadline exceeded')))
    store.revision().then(
      () => {
        cancel()
        resolve(undefined)
      },
      error => {
        cancel()
        resolve(failed(error))
      },
    )
  })
}
