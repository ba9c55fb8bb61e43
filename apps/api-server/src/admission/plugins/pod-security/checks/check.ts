import type { Pod } from '@kubets/api-types'
import type { Level, Version } from '../policy.ts'

export type PodSpec = NonNullable<Pod['spec']>
export type Annotations = Readonly<Record<string, string>>
/** What all lists of containers have in common. */
export type Container = PodSpec['containers'][number]

/** Why a pod is refused: in short, and with what it says. */
export interface Violation {
  readonly reason: string
  readonly detail: string
}

/** undefined: nothing is wrong. */
export type CheckPod = (spec: PodSpec, annotations: Annotations) => Violation | undefined

/** One rule, which may have changed with versions. */
export interface Check {
  /** They are told in the order of their identifiers. */
  readonly id: string
  /** `restricted` namespaces have the checks of `baseline` too. */
  readonly level: Exclude<Level, 'privileged'>
  /** By the minor version that they begin with, the oldest first. */
  readonly versions: readonly { readonly from: Version; readonly check: CheckPod; readonly overrides?: string }[]
}

export function containersOf(spec: PodSpec): readonly Container[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec
  return [...initContainers, ...containers, ...(ephemeralContainers as readonly Container[])]
}

/** Names of the containers that break a rule. */
export const namesWhere = (spec: PodSpec, isBad: (container: Container) => boolean): string[] =>
  containersOf(spec)
    .filter(isBad)
    .map(({ name }) => name)

export const joinQuoted = (items: readonly string[]): string => items.map(item => `"${item}"`).join(', ')

export const plural = (count: number, one: string, many = `${one}s`): string => (count === 1 ? one : many)

/** `containers "a", "b"` */
export const quoteContainers = (names: readonly string[]): string =>
  `${plural(names.length, 'container')} ${joinQuoted(names)}`

/** `pod and container "a"`: who says something. */
export const setters = (pod: boolean, containers: readonly string[]): string[] => [
  ...(pod ? ['pod'] : []),
  ...(containers.length > 0 ? [quoteContainers(containers)] : []),
]

/** Each once, in order. */
export const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort()

/** For rules that make no sense on Windows: validation refuses the fields there. */
export const exceptWindows =
  (check: CheckPod): CheckPod =>
  (spec, annotations) =>
    spec.os?.name === 'windows' ? undefined : check(spec, annotations)

/** For rules that a user namespace makes needless: root in it is nobody outside. */
export const exceptUserNamespaces =
  (check: CheckPod): CheckPod =>
  (spec, annotations) =>
    spec.hostUsers === false ? undefined : check(spec, annotations)
