import type { SchedulerCache } from '../cache/scheduler-cache.ts'
import type { PodInfo } from '../pod/pod-info.ts'

/**
 * Pods for which others were evicted and that wait for them to be gone. The room they were promised is not given to
 * pods of lower priority. Holds one entry for each such pod.
 */
export class Nominations {
  readonly #pods = new Map<string, PodInfo>()

  get size(): number {
    return this.#pods.size
  }

  set(pod: PodInfo, nodeName: string): void {
    this.#pods.set(pod.uid, { ...pod, nodeName })
  }

  delete(uid: string): boolean {
    return this.#pods.delete(uid)
  }

  nodeOf(uid: string): string | undefined {
    return this.#pods.get(uid)?.nodeName
  }

  /** Runs `body` as if the nominated pods that go before `pod` ran on their nodes already. */
  during<T>(pod: PodInfo, cache: SchedulerCache, body: () => T): T {
    const placed: PodInfo[] = []
    for (const nominated of this.#pods.values()) {
      if (nominated.uid === pod.uid || nominated.priority < pod.priority) continue
      if (cache.nodes.rowOf(nominated.nodeName) === undefined || cache.has(nominated.uid)) continue
      cache.resume(nominated)
      placed.push(nominated)
    }
    try {
      return body()
    } finally {
      for (const nominated of placed) cache.suspend(nominated)
    }
  }
}
