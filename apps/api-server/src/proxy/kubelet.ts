import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Node } from '@kubets/api-types'
import { type ApiError, notFound, plainError } from '@kubets/apimachinery'
import { dialMessage, hostPort, type ProxyTarget } from '@kubets/streaming'
import type { RequestInfo } from '../handlers/request-info.ts'
import type { Rest } from '../resources/rest.ts'

export interface KubeletClientOptions {
  /** PEM of our client certificate, read for every connection: it may change. Without it kubelets do not know who asks, as upstream. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** PEM of the authority that signed the kubelets' serving certificates. Without it kubelets' certificates are not checked, as upstream. */
  readonly ca?: string | undefined
  /** `--kubelet-preferred-address-types`. Default: upstream's, names before addresses. */
  addressTypes?: readonly string[]
}

/** Where a node's kubelet listens. */
export interface KubeletAddress {
  readonly host: string
  readonly port: number
}

/** Requests to kubelets, with our client certificate. */
export interface KubeletClient extends Disposable {
  /** The kubelet of a node. Throws when the node is unknown, in the name of what was asked for, or has no address. */
  addressOf(rest: Rest, info: RequestInfo, nodeName: string): KubeletAddress
  get(address: KubeletAddress, path: string, signal: AbortSignal): Promise<IncomingMessage>
  /** Where and how a request that changes protocols is passed on; `ip` where a name has been looked up already. */
  target(address: KubeletAddress, path: string, ip?: string): ProxyTarget
}

const defaultAddressTypes = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP']
const defaultKubeletPort = 10_250
const hostName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.?$/i
/** A node that is gone must not hold a request for the operating system's two minutes. */
const dialTimeout = 10_000

export function kubeletClient(options: KubeletClientOptions): KubeletClient {
  const { addressTypes = defaultAddressTypes } = options
  const tls = () => {
    const { cert, key, ca } = options
    return {
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca, allowPartialTrustChain: true }),
    }
  }
  // it keeps connections of other certificates apart
  const agent = new KubeletAgent({ ALPNProtocols: ['http/1.1'], keepAlive: true, maxFreeSockets: 32, timeout: 0 })
  return {
    addressOf: (rest, info, nodeName) => addressOf(rest, info, nodeName, addressTypes),
    get: (address, path, signal) =>
      new Promise((resolve, reject) => {
        const ask = () => {
          const outgoing = request({ ...address, path, agent, signal, ...tls() })
          withinDialTimeout(outgoing, address)
          outgoing.once('response', resolve)
          outgoing.once('error', (error: NodeJS.ErrnoException) => {
            // the kubelet ended the idle connection just then, which says nothing of itself; each time one connection less is left
            if (outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) ask()
            else reject(unreachable(address, path, error))
          })
          outgoing.end()
        }
        ask()
      }),
    target: ({ host, port }, path, ip = host) => ({
      url: `https://${hostPort(ip, port)}${path}`,
      // the certificate is still the name's
      tls: ip === host ? tls() : { ...tls(), servername: host },
      dialTimeout,
    }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** Connections to all kubelets together that wait for another request. */
const mostIdle = 256

class KubeletAgent extends Agent {
  // Node's own bound is for each kubelet
  override keepSocketAlive(socket: Duplex): boolean {
    let idle = 0
    for (const sockets of Object.values(this.freeSockets)) idle += sockets?.length ?? 0
    return idle < mostIdle && (super.keepSocketAlive(socket) as unknown as boolean)
  }
}

function withinDialTimeout(outgoing: ReturnType<typeof request>, { host, port }: KubeletAddress): void {
  let why = `dial tcp ${hostPort(host, port)}: i/o timeout`
  const timer = setTimeout(() => outgoing.destroy(new Error(why)), dialTimeout)
  const connected = () => clearTimeout(timer)
  outgoing.once('socket', socket => {
    if (!socket.connecting) return connected()
    socket.once('connect', () => {
      why = 'net/http: TLS handshake timeout'
    })
    socket.once('secureConnect', connected)
  })
  outgoing.once('close', connected)
}

function addressOf(
  rest: Rest,
  { resource }: RequestInfo,
  nodeName: string,
  addressTypes: readonly string[],
): KubeletAddress {
  const entry = rest.catalogue.byResource('', 'v1', 'nodes')
  const found = entry && rest.cache.get(entry.storagePrefix + nodeName)
  if (entry === undefined || found === undefined) throw notFound(resource, nodeName)
  const node = rest.codec.decode(entry, found.bytes) as Node
  const addresses = node.status?.addresses ?? []
  for (const type of addressTypes) {
    const host = addresses.find(a => a.type === type)?.address
    // a node writes its addresses itself: into a URL goes nothing that could name another host or path
    if (host !== undefined && (isIP(host) !== 0 || hostName.test(host)))
      return { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultKubeletPort }
  }
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ')
  throw plainError(`no preferred addresses found; known addresses: [${known}]`)
}

/** A kubelet that does not answer: Go's words for it, which are no Status. */
function unreachable({ host, port }: KubeletAddress, path: string, error: Error): ApiError {
  return plainError(`Get ${JSON.stringify(`https://${hostPort(host, port)}${path}`)}: ${dialMessage(error)}`)
}
