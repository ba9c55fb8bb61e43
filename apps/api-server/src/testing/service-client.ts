import type { HttpClient } from './http-client.ts'

const services = '/api/v1/namespaces/default/services'
const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const ports = [{ port: 80 }]

/** What tests do with Services of one api-server. */
export function serviceClient(h2: HttpClient) {
  const send = (method: string, path: string, body?: object) =>
    h2.request(method, path, body === undefined ? {} : { body })
  return {
    create: (name: string, spec: object = {}, query = '') =>
      send('POST', services + query, { metadata: { name }, spec: { ports, ...spec } }),
    replace: (name: string, spec: object, query = '') =>
      send('PUT', `${services}/${name}${query}`, { metadata: { name }, spec: { ports, ...spec } }),
    merge: (name: string, body: object) =>
      h2.request('PATCH', `${services}/${name}`, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
    get: (name: string) => send('GET', `${services}/${name}`),
    remove: (name: string) => send('DELETE', `${services}/${name}`),
    address: (ip: string) => send('GET', `${addresses}/${ip}`),
    send,
  }
}
export type ServiceClient = ReturnType<typeof serviceClient>
