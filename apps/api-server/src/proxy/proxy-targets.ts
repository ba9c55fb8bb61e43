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
export function nodeTarget(kubelets: KubeletClient): FindTarget {
  return (rest, info, path) => {
    const { name } = parseProxyName(info.name, 'node')
    return kubelets.target(kubelets.addressOf(rest, info, name), path)
  }
}

/** pods/<[scheme:]name[:port]>/proxy: the pod's own address; the port is its first container port where none is named. */
export const podTarget: FindTarget = (rest, info, path) => {
  const { scheme, name, port } = parseProxyName(info.name, 'pod')
  const pod = read<Pod>(rest, 'pods', info, name)
  const ip = pod.status?.podIP ?? ''
  if (ip === '') throw badRequest(`address not allowed`)
  const chosen = port !== '' ? port : pod.spec?.containers.flatMap(c => c.ports ?? [])[0]?.containerPort
  return target(scheme, ip, String(chosen ?? (scheme === 'https' ? 443 : 80)), path)
}

/** services/<[scheme:]name[:port]>/proxy: one of the service's ready endpoints, by chance. */
export const serviceTarget: FindTarget = (rest, info, path) => {
  const { scheme, name, port } = parseProxyName(info.name, 'service')
  const portName = /^[+-]?\d+$/.test(port) ? nameOfPort(rest, info, name, Number(port)) : port
  const { subsets } = read<Endpoints>(rest, 'endpoints', info, name)
  if ((subsets ?? []).length === 0) throw noEndpoints(name)
  const candidates = (subsets ?? []).flatMap(({ ports, addresses }) => {
    const found = (ports ?? []).find(p => (p.name ?? '') === portName)
    return found === undefined ? [] : (addresses ?? []).map(address => ({ ...address, port: found.port }))
  })
  while (candidates.length > 0) {
    const [one] = candidates.splice(randomInt(candidates.length), 1)
    if (one !== undefined && isPods(rest, info, one)) return target(scheme, one.ip, String(one.port), path)
  }
  throw noEndpoints(info.name)
}

const noEndpoints = (service: string) =>
  serviceUnavailable(`no endpoints available for service ${JSON.stringify(service)}`)

/** A number is a port of the service itself; endpoints are found by its name. */
function nameOfPort(rest: Rest, info: RequestInfo, name: string, port: number): string {
  const service = read<Service>(rest, 'services', info, name)
  const found = service.spec?.ports?.find(each => each.port === port)
  if (found === undefined) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`)
  return found.name ?? ''
}

type Address = NonNullable<NonNullable<Endpoints['subsets']>[number]['addresses']>[number]

/** Whoever may write Endpoints must not send us anywhere: only addresses of pods that have them are spoken to. */
function isPods(rest: Rest, { namespace }: RequestInfo, { ip, targetRef }: Address): boolean {
  if (targetRef?.namespace !== namespace) return false
  const entry = rest.catalogue.byResource('', 'v1', 'pods')
  const pod = entry && (cachedObject(rest, entry, namespace, targetRef.name ?? '') as Pod | undefined)
  return (pod?.status?.podIPs ?? []).some(each => each.ip === ip)
}

function target(scheme: string, ip: string, port: string, path: string): ProxyTarget {
  return {
    url: `${scheme === '' ? 'http' : scheme}://${ip.includes(':') ? `[${ip}]` : ip}:${port}${path}`,
    // upstream does not check whom it speaks to here: a pod's certificate is of no authority that we know
    ...(scheme === 'https' ? { tls: { rejectUnauthorized: false } } : {}),
  }
}

/** What is not there is missed in the name of what was asked for. */
function read<T>(rest: Rest, resource: string, info: RequestInfo, name: string): T {
  const entry = rest.catalogue.byResource('', 'v1', resource)
  const found = entry && cachedObject(rest, entry, info.namespace, name)
  if (found === undefined) throw notFound(info.resource, name)
  return found as T
}
