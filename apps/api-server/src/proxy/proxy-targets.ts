import { randomInt } from 'node:crypto'
import type { Endpoints, Pod, Service } from '@kubets/api-types'
import { badRequest, notFound, serviceUnavailable } from '@kubets/apimachinery'
import type { ProxyTarget } from '@kubets/streaming'
import type { RequestInfo } from '../handlers/request-info.ts'
import { cachedObject } from '../resources/cached-object.ts'
import type { Rest } from '../resources/rest.ts'
import type { KubeletClient } from './kubelet.ts'
import { parseProxyName } from './proxy-name.ts'

/** Finds out where a proxied request goes; `path` begins with a slash and carries the query. */
export type FindTarget = (rest: Rest, info: RequestInfo, path: string) => ProxyTarget

/** nodes/<name>/proxy: the node's kubelet, with our client certificate. */
export function nodeTarget(kubelets: KubeletClient | undefined): FindTarget {
  return (rest, info, path) => {
    if (kubelets === undefined) throw badRequest('the server has no certificate to show to kubelets')
    const { name } = parseProxyName(info.name, 'node')
    return kubelets.target(kubelets.addressOf(rest, name), path)
  }
}

/** pods/<[scheme:]name[:port]>/proxy: the pod's own address; the port is its first container port where none is named. */
export const podTarget: FindTarget = (rest, info, path) => {
  const { scheme, name, port } = parseProxyName(info.name, 'pod')
  const pod = read<Pod>(rest, 'pods', info.namespace, name)
  const ip = pod.status?.podIP ?? ''
  if (ip === '') throw badRequest(`address not allowed`)
  const chosen = port !== '' ? port : pod.spec?.containers.flatMap(c => c.ports ?? [])[0]?.containerPort
  return target(scheme, ip, String(chosen ?? (scheme === 'https' ? 443 : 80)), path)
}

/** services/<[scheme:]name[:port]>/proxy: one of the service's ready endpoints, by chance. */
export const serviceTarget: FindTarget = (rest, info, path) => {
  const { scheme, name, port } = parseProxyName(info.name, 'service')
  const service = read<Service>(rest, 'services', info.namespace, name)
  const ports = service.spec?.ports ?? []
  const chosen =
    port === ''
      ? ports.length === 1
        ? ports[0]
        : undefined
      : ports.find(p => p.name === port || String(p.port) === port)
  if (chosen === undefined)
    throw serviceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`)
  const endpoints = read<Endpoints>(rest, 'endpoints', info.namespace, name)
  const candidates = (endpoints.subsets ?? []).flatMap(subset => {
    const found = (subset.ports ?? []).find(p => (p.name ?? '') === (chosen.name ?? ''))
    return found === undefined ? [] : (subset.addresses ?? []).map(address => ({ ip: address.ip, port: found.port }))
  })
  const one = candidates[candidates.length > 0 ? randomInt(candidates.length) : 0]
  if (one === undefined) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`)
  return target(scheme, one.ip, String(one.port), path)
}

function target(scheme: string, ip: string, port: string, path: string): ProxyTarget {
  return {
    url: `${scheme === '' ? 'http' : scheme}://${ip.includes(':') ? `[${ip}]` : ip}:${port}${path}`,
    // upstream does not check whom it speaks to here: a pod's certificate is of no authority that we know
    ...(scheme === 'https' ? { tls: { rejectUnauthorized: false } } : {}),
  }
}

function read<T>(rest: Rest, resource: string, namespace: string, name: string): T {
  const entry = rest.catalogue.byResource('', 'v1', resource)
  const found = entry && cachedObject(rest, entry, namespace, name)
  if (found === undefined) throw notFound(resource, name)
  return found as T
}
