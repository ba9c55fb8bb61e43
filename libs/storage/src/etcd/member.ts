import { isIP } from 'node:net'
import { checkServerIdentity, createSecureContext } from 'node:tls'
import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  type status,
  type VerifyOptions,
} from '@grpc/grpc-js'
import { TransientMap } from '@kubets/component'
import { type Connected, keptConnection } from './direct-call.ts'

/** Bytes that a member may send ahead of being read, over all calls and over each. */
const flowControlWindow = 4 * 1024 * 1024

/** PEM. */
export interface Certificates {
  readonly ca?: Buffer | undefined
  readonly cert?: Buffer | undefined
  readonly key?: Buffer | undefined
}

/** A call that waits for its answer. */
export interface Waiting {
  readonly repeatable: boolean
  /** Of `Date.now()`. */
  readonly deadline: number
  cancel(code: status.CANCELLED | status.DEADLINE_EXCEEDED): void
}

/** One etcd server. */
export interface Member {
  readonly endpoint: string
  /** As HTTP/2 names it. */
  readonly authority: string
  /** These three are replaced together when certificates are renewed. */
  client: Client
  connected: Connected
  forget: () => void
  readonly calls: TransientMap<Waiting, true>
  readonly streams: Set<ClientDuplexStream<Buffer, Buffer>>
  /** When it last answered, or was first called with nothing under way. */
  heardAt: number
}

export function newMember(endpoint: string, { ca, cert, key }: Certificates): Member {
  const secure = endpoint.startsWith('https://') || (!endpoint.includes('://') && (ca ?? cert) !== undefined)
  const authority = endpoint.replace(/^https?:\/\//, '').replace(/\/+$/, '')
  const kept = keptConnection()
  const name = serverName(authority)
  const channel = secure ? channelCredentials({ ca, cert, key }, name.verification) : credentials.createInsecure()
  const client = new Client(authority, channel, {
    // a page of large objects, or what a watch that fell behind is sent at once
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // of 64 KB a watch on 5 KB objects fills all, in the time of one turn of the loop, and no answer to a write comes until it is read
    'grpc-node.flow_control_window': flowControlWindow,
    // each costs main-thread time on every call; what may be repeated is decided here
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    ...name.options,
    ...kept.options,
  })
  const forget = () => kept[Symbol.dispose]()
  const { connected } = kept
  return { endpoint, authority, client, connected, forget, calls: new TransientMap(), streams: new Set(), heardAt: 0 }
}

/** As Go has it, whoever stands among the authorities is one, also without their root. */
function channelCredentials({ ca, cert, key }: Certificates, verification: VerifyOptions) {
  const trust = ca === undefined ? {} : { ca, allowPartialTrustChain: true }
  return credentials.createFromSecureContext(createSecureContext({ ...trust, cert, key }), verification)
}

/**
 * An address is no server name (RFC 6066, section 3): Node 26 refuses it, and grpc-js takes whatever it connects to for one. So another name is sent there,
 * and the certificate is compared with the address.
 */
function serverName(authority: string): { options: ChannelOptions; verification: VerifyOptions } {
  const address = authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) === 0) return { options: {}, verification: {} }
  return {
    options: { 'grpc.ssl_target_name_override': 'etcd' },
    verification: { checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate) },
  }
}
