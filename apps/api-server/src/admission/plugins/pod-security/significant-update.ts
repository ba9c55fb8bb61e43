import type { Pod } from '@kubets/api-types'

/** Whether an update could make a pod worse: other containers, or other images. The rest of what is judged never changes. */
export function isSignificant({ spec: now }: Pod, { spec: old }: Pod): boolean {
  for (const list of ['containers', 'initContainers'] as const) {
    const [after, before] = [now?.[list] ?? [], old?.[list] ?? []]
    if (after.length !== before.length || after.some(({ image }, i) => image !== before[i]?.image)) return true
  }
  const known = new Map((old?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]))
  return (now?.ephemeralContainers ?? []).some(({ name, image }) => !known.has(name) || known.get(name) !== image)
}
