import type { TestApiServer } from './api-server.ts'

export const maps = '/api/v1/namespaces/default/configmaps'
export const pods = '/api/v1/namespaces/default/pods'
export const applyType = 'application/apply-patch+yaml'

/** The writes with which managers come to own fields. `api`: asked for at each, as it is started later. */
export function managersOf(api: () => Pick<TestApiServer, 'h2'>) {
  return {
    apply: (path: string, manager: string, body: unknown, query = '') =>
      api().h2.request('PATCH', `${path}?fieldManager=${manager}${query}`, {
        body,
        headers: { 'content-type': applyType },
      }),
    merge: (path: string, body: unknown, query = '') =>
      api().h2.request('PATCH', `${path}${query}`, {
        body,
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
  }
}

export const configMap = (name: string, data?: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data === undefined ? {} : { data }),
})
export const pod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'a:1', ...more }] },
})
/** Manager, operation, subresource and fields of each entry. */
export const owners = (json: { metadata: { managedFields?: Record<string, unknown>[] } }) =>
  (json.metadata.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) => [
    manager,
    operation,
    ...(subresource === undefined ? [] : [subresource]),
    fieldsV1,
  ])
