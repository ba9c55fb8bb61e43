import type { ListOptions, ObjectKey, ResourceRef, WatchOptions } from '../contract.ts'

/** `/api/v1/namespaces/default/pods/web/status`; without a namespace a namespaced kind is addressed across all of them. */
export function resourcePath(ref: ResourceRef, key: Partial<ObjectKey> = {}, subresource?: string): string {
  let path = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`
  if (ref.namespaced && key.namespace !== undefined && key.namespace !== '')
    path += `/namespaces/${encodeURIComponent(key.namespace)}`
  path += `/${ref.resource}`
  if (key.name !== undefined) {
    if (key.name === '') throw new TypeError(`resource name may not be empty (${ref.kind})`)
    if (ref.namespaced && !key.namespace)
      throw new TypeError(
        `an empty namespace may not be set when a resource name is provided (${ref.kind} ${key.name})`,
      )
    path += `/${encodeURIComponent(key.name)}`
  }
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** `?a=1&b=2` of what is set, or nothing. */
export function query(parameters: Record<string, string | number | boolean | undefined>): string {
  let text = ''
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== false && value !== '')
      text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`
  return text
}

export function listQuery(options: ListOptions): string {
  const { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = options
  return query({
    labelSelector,
    fieldSelector,
    limit,
    continue: options.continue,
    resourceVersion,
    resourceVersionMatch,
  })
}

export function watchQuery(options: WatchOptions): string {
  const { labelSelector, fieldSelector, resourceVersion, allowWatchBookmarks, sendInitialEvents, timeoutSeconds } =
    options
  return query({
    watch: true,
    allowWatchBookmarks,
    sendInitialEvents,
    // the server demands it with sendInitialEvents, and forbids it without
    resourceVersionMatch: sendInitialEvents ? 'NotOlderThan' : undefined,
    resourceVersion,
    timeoutSeconds,
    labelSelector,
    fieldSelector,
  })
}
