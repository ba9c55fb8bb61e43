import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Pod } from '@kubets/api-types'
import { prefixEnd, type WatchCache } from '@kubets/storage'
import { reasonsOf, violations } from './evaluate.ts'
import { formatLevel, type LevelVersion } from './policy.ts'

/** Upstream's bounds: so many pods are looked at, for so many milliseconds. */
const mostPods = 3000
const longest = 1000
/** Pods looked at in one turn: others' requests come in between. */
const inOneTurn = 50

interface Question {
  cache: Pick<WatchCache, 'snapshot'>
  namespace: string
  enforce: LevelVersion
  /** Pods of these are exempt. */
  runtimeClasses: ReadonlySet<string>
}

interface Seen {
  first: string
  count: number
}

/** What is told of the pods that run in a namespace already, when it becomes stricter. */
export async function existingViolations({ cache, namespace, enforce, runtimeClasses }: Question): Promise<string[]> {
  const prefix = `/registry/pods/${namespace}/`
  const pods = prioritized(cache.snapshot().range(prefix, prefixEnd(prefix)), runtimeClasses)
  const until = performance.now() + longest
  const byReason = new Map<string, Seen>()
  let checked = 0
  for (const pod of pods.slice(0, mostPods)) {
    if (checked % inOneTurn === inOneTurn - 1) await nextTurn()
    checked++
    const found = pod.spec === undefined ? [] : violations(enforce, pod.spec, pod.metadata?.annotations)
    if (found.length > 0) {
      const [name, reason] = [pod.metadata?.name ?? '', reasonsOf(found)]
      const { first, count } = byReason.get(reason) ?? { first: name, count: 0 }
      const [earlier = name] = [first, name].sort()
      byReason.set(reason, { first: earlier, count: count + 1 })
    }
    if (performance.now() > until) break
  }
  const told: string[] = []
  if (checked < pods.length)
    told.push(`new PodSecurity enforce level only checked against the first ${checked} of ${pods.length} existing pods`)
  if (byReason.size > 0)
    told.push(
      `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${formatLevel(enforce)}"`,
    )
  return [
    ...told,
    ...[...byReason].map(([reason, { first, count }]) => `${first}${others(count - 1)}: ${reason}`).sort(),
  ]
}

const others = (count: number) => (count === 0 ? '' : count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`)

/** One of each controller's pods first: the others are most likely like it. */
function prioritized(entries: Iterable<{ bytes: Uint8Array }>, runtimeClasses: ReadonlySet<string>): Pod[] {
  const first: Pod[] = []
  const alike: Pod[] = []
  const controllers = new Set<string>()
  for (const { bytes } of entries) {
    // not ours: shown to nobody
    if (bytes[0] !== 0x7b) continue
    const pod = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Pod
    if (runtimeClasses.has(pod.spec?.runtimeClassName ?? '')) continue
    const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller === true)?.uid
    if (owner !== undefined && controllers.has(owner)) alike.push(pod)
    else first.push(pod)
    if (owner !== undefined) controllers.add(owner)
  }
  return [...first, ...alike]
}
