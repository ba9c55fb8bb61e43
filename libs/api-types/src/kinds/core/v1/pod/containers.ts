import type { Container, PodSpec } from '../../../../wire.ts'

export type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number]
/** What all containers of a pod share. */
export type AnyContainer = Container | EphemeralContainer

/** Goes on running beside the pod's containers: a sidecar. */
export const isRestartable = ({ restartPolicy }: Pick<Container, 'restartPolicy'>): boolean =>
  restartPolicy === 'Always'

/** Each container with its path, in upstream's order: init containers, containers, ephemeral ones. */
export function visitContainers(
  spec: PodSpec,
  path: string,
  visit: (container: AnyContainer, path: string) => void,
): void {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const containers: readonly AnyContainer[] = spec[list] ?? []
    for (let index = 0; index < containers.length; index++)
      visit(containers[index] as AnyContainer, `${path}.${list}[${index}]`)
  }
}

export function allContainers(spec: PodSpec): AnyContainer[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]
}
