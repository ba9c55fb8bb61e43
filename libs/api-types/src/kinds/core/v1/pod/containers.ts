import type { Container, PodSpec } from '../../../../wire.ts'

export type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number]
/** What all containers of a pod share. */
export type AnyContainer = Container | EphemeralContainer

/** Goes on running beside the pod's containers: a sidecar. */
export const isRestartable = ({ restartPolicy }: Pick<Container, 'restartPolicy'>): boolean =>
  restartPolicy === 'Always'

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
type List = (typeof lists)[number]

/** Paths of a pod's own containers, which each of a dozen rules asks for; of the first ones of each list. */
const ownPaths: Record<List, string[]> = { initContainers: [], containers: [], ephemeralContainers: [] }
const mostOwnPaths = 32

function containerPath(path: string, list: List, index: number): string {
  if (path !== 'spec' || index >= mostOwnPaths) return `${path}.${list}[${index}]`
  const known = ownPaths[list]
  for (let i = known.length; i <= index; i++) known.push(`spec.${list}[${i}]`)
  return known[index] as string
}

/** Each container with its path, in upstream's order: init containers, containers, ephemeral ones. */
export function visitContainers(
  spec: PodSpec,
  path: string,
  visit: (container: AnyContainer, path: string) => void,
): void {
  for (const list of lists) {
    const containers: readonly AnyContainer[] | undefined = spec[list]
    if (!containers) continue
    for (let index = 0; index < containers.length; index++)
      visit(containers[index] as AnyContainer, containerPath(path, list, index))
  }
}

export function allContainers(spec: PodSpec): AnyContainer[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]
}
