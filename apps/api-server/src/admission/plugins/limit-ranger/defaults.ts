import type { Container, Pod } from '@kubets/api-types'

/** What a container gets that says nothing: quantities by resource name. */
export interface ContainerDefaults {
  readonly requests: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, string>>
}

const annotation = 'kubernetes.io/limit-ranger'

/** Fills in what is missing, in place, and notes in an annotation what that was. */
export function setDefaults(pod: Pod, defaults: ContainerDefaults): void {
  const set = [
    ...(pod.spec?.containers ?? []).flatMap(each => setContainer(each, defaults, 'container')),
    ...(pod.spec?.initContainers ?? []).flatMap(each => setContainer(each, defaults, 'init container')),
  ]
  if (set.length === 0) return
  pod.metadata = {
    ...pod.metadata,
    annotations: { ...pod.metadata?.annotations, [annotation]: `LimitRanger plugin set: ${set.join('; ')}` },
  }
}

function setContainer(container: Container, defaults: ContainerDefaults, what: string): string[] {
  const requests = missing(container.resources?.requests, defaults.requests)
  const limits = missing(container.resources?.limits, defaults.limits)
  if (requests.length === 0 && limits.length === 0) return []
  const { resources } = container
  container.resources = {
    ...resources,
    ...(limits.length === 0 ? {} : { limits: { ...defaultsOf(limits, defaults.limits), ...resources?.limits } }),
    ...(requests.length === 0
      ? {}
      : { requests: { ...defaultsOf(requests, defaults.requests), ...resources?.requests } }),
  }
  const note = (names: readonly string[], kind: string) =>
    names.length === 0 ? [] : [`${names.join(', ')} ${kind} for ${what} ${container.name}`]
  return [...note(requests, 'request'), ...note(limits, 'limit')]
}

/** Names in order. */
const missing = (given: Readonly<Record<string, string>> | undefined, defaults: Readonly<Record<string, string>>) =>
  Object.keys(defaults)
    .filter(name => given?.[name] === undefined)
    .sort()

const defaultsOf = (names: readonly string[], defaults: Readonly<Record<string, string>>) =>
  Object.fromEntries(names.map(name => [name, defaults[name] ?? '0']))
