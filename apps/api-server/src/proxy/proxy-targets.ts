import { randomInt } from 'node:crypto'
import type { Endpoints, Pod, Service } from '@kubets/api-types'
import { badRequest, notFound, serviceUnavailable } from '@kubets/apimachinery'
import { hostPort, type ProxyTarget } from '@kubets/streaming'
import type { RequestInfo } from '../handlers/request-info.ts'
import { cachedObject } from '../resources/cached-object.ts'
import type { Rest } from '../resources/rest.ts'
import type { KubeletClient } from './kubelet.ts'
import { parseProxyName } from './proxy-name.ts'
import { isProxyable, proxyableAddress } from './proxyable-address.ts'

/** Finds out where a proxied request goes; `path` begins with a slash and carries the query. */
export type FindTarget = (rest: Rest, info: RequestInfo, path: string) => ProxyTarget | Promise<ProxyTarget>

type EndpointAddress = NonNullable<NonNullable<Endpoints['subsets']>[number]['addresses']>[number]

/** nodes/<[scheme:]name[:port]>/proxy: the node's kubelet, with our client certificate; another port of the node without it. */
export function nodeTarget(kubelets: KubeletClient): FindTarget {
  return async (rest, info, path) => {
    const { scheme, name, port } = parseProxyName(info.name, 'node')
    const kubelet = kubelets.addressOf(rest, info, name)
    const address = await proxyableAddress(kubelet.host)
    if (port !== '' && port !== String(kubelet.port)) return target(scheme, address, port, path)
    return kubelets.target(kubelet, path, address)
  }
}

/** pods/<[scheme:]name[:port]>/proxy: the pod's own address; the port is its first container port where none is named. */
export const podTarget: FindTarget = (rest, info, path) => {
  const { scheme, name, port } = parseProxyName(info.name, 'pod')
  const pod = read<Pod>(rest, 'pods', info, name)
  const ip = pod.status?.podIPs?.[0]?.ip ?? ''
  if (!isProxyable(ip)) throw badRequest('address not allowed')
  const chosen = port !== '' ? port : pod.spec?.containers.flatMap(c => c.ports ?? [])[0]?.containerPort
  return target(scheme, ip, String(chosen ?? (scheme === 'https' ? 443 : 80)), path)
}

/** services/<[scheme:]name[:port]>/proxy: one of the pods behind it, by chance. An endpoint that is no pod of the namespace is passed over: anybody could have written it. */
export const serviceTarget: FindTarget = (rest, info, path) => {
  const { scheme, name, port } = parseProxyName(info.name, 'service')
  const portName = /^[+-]?\d+$/.test(port) ? nameOfPort(rest, info, name, Number(port)) : port
  const endpoints = read<Endpoints>(rest, 'endpoints', info, name)
  const none = (whom: string) => serviceUnavailable(`no endpoints available for service ${JSON.stringify(whom)}`)
  const subsets = endpoints.subsets ?? []
  if (subsets.length === 0) throw none(name)
  const candidates = subsets.flatMap(({ ports = [], addresses = [] }) => {
    const found = ports.find(one => (one.name ?? '') === portName)
    return found === undefined ? [] : addresses.map(address => ({ address, port: found.port }))
  })
  const start = candidates.length > 0 ? randomInt(candidates.length) : 0
  for (let i = 0; i < candidates.length; i++) {
    const { address, port: number } = candidates[(start + i) % candidates.length] as (typeof candidates)[number]
    if (isPod(rest, info.namespace, address)) return target(scheme, address.ip, String(number), path)
  }
  throw none(info.name)
}

function nameOfPort(rest: Rest, info: RequestInfo, name: string, number: number): string {
  const service = read<Service>(rest, 'services', info, name)
  const found = (service.spec?.ports ?? []).find(one => one.port === number)
  if (found === undefined)
    throw serviceUnavailable(`no service port ${number} found for service ${JSON.stringify(name)}`)
  return found.name ?? ''
}

function isPod(rest: Rest, namespace: string, { ip, targetRef }: EndpointAddress): boolean {
  if (targetRef === undefined || targetRef.namespace !== namespace || !isProxyable(ip)) return false
  const pod = find<Pod>(rest, 'pods', namespace, targetRef.name ?? '')
  return (pod?.status?.podIPs ?? []).some(one => one.ip === ip)
}

function target(scheme: string, ip: string, port: string, path: string): ProxyTarget {
  // into a URL goes nothing that could name another host
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw serviceUnavailable(`error trying to reach service: dial tcp: lookup tcp/${port}: unknown port`)
  return {
    url: `${scheme === '' ? 'http' : scheme}://${hostPort(ip, port)}${path}`,
    // upstream does not check whom it speaks to here: a pod's certificate is of no authority that we know
    ...(scheme === 'https' ? { tls: { rejectUnauthorized: false } } : {}),
  }
}

/** What is not there is missed in the name of what was asked for. */
function read<T>(rest: Rest, resource: string, info: RequestInfo, name: string): T {
  const found = find<T>(rest, resource, info.namespace, name)
  if (found === undefined) throw notFound(info.resource, name)
  return found
}

function find<T>(rest: Rest, resource: string, namespace: string, name: string): T | undefined {
  const entry = rest.catalogue.byResource('', 'v1', resource)
  return (entry && cachedObject(rest, entry, namespace, name)) as T | undefined
}
