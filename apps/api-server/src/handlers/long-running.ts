import type { RequestInfo } from './request-info.ts'

const subresources = new Set(['attach', 'exec', 'proxy', 'log', 'portforward'])

/** Requests that may take as long as they like: no deadline holds for them, and they do not count as in flight. */
export function isLongRunning({ verb, subresource, isResourceRequest }: RequestInfo): boolean {
  return verb === 'watch' || (isResourceRequest && subresource !== '' && subresources.has(subresource))
}
