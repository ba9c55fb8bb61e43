import {
  type ChannelOptions,
  connectivityState,
  experimental,
  type Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { withPlainBind } from '@kubets/component'
import { CallTables } from './answered-calls.ts'

/** Of a message on the wire: whether it is compressed, and its length. */
const messageHeader = 5

/** What a client's calls go by while it is connected. */
export interface Connected {
  picker: experimental.Picker | undefined
  readonly tables: CallTables
}

export interface DirectCall {
  cancelWithStatus(code: status, details: string): void
}

const policy = 'kubets_kept_pick_first'
const memberOption = 'kubets.member'
const members = new Map<number, Connected>()
let lastMember = 0

/**
 * Options of a client that let {@link callDirectly} have its connection. grpc-js keeps it: it resolves, connects, reconnects and watches
 * over it as its own `pick_first` does.
 */
export function keptConnection(): { options: ChannelOptions; connected: Connected } & Disposable {
  register()
  const member = ++lastMember
  const connected: Connected = { picker: undefined, tables: new CallTables() }
  members.set(member, connected)
  return {
    options: {
      [memberOption]: member,
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [policy]: {} }] }),
      // none is looked for in the DNS either
      'grpc.service_config_disable_resolution': 1,
    },
    connected,
    [Symbol.dispose]: () => void members.delete(member),
  }
}

/**
 * A unary call without grpc-js' layers above the connection: interceptors, filters, retries and deadlines, each with copies and promises
 * of its own, are more than a third of a call's price, and nothing of theirs is used here. `undefined`: there is no connection now,
 * and nothing was sent; the client's own call waits for one.
 *
 * @param request With its header: see `MessageWriter.framed`.
 */
export function callDirectly(
  connected: Connected,
  authority: string,
  path: string,
  metadata: Metadata,
  request: Buffer,
  done: (error: ServiceError | undefined, answer: Buffer | undefined) => void,
): DirectCall | undefined {
  const pick = connected.picker?.pick({ metadata, extraPickInfo: {} })
  const connection = pick?.subchannel?.getRealSubchannel()
  if (connection?.getConnectivityState() !== connectivityState.READY) return undefined
  connected.tables.counted(connection)
  const call = begun(connection, authority, path, metadata, done)
  if (call === undefined) return undefined
  call.startRead()
  call.sendMessageWithContext({}, request)
  call.halfClose()
  return call
}

type RealConnection = ReturnType<experimental.SubchannelInterface['getRealSubchannel']>

/** `undefined` when the connection, just now, is none any more. */
function begun(
  connection: RealConnection,
  authority: string,
  path: string,
  metadata: Metadata,
  done: (error: ServiceError | undefined, answer: Buffer | undefined) => void,
): ReturnType<RealConnection['createCall']> | undefined {
  let answer: Buffer | undefined
  const listener: Parameters<RealConnection['createCall']>[3] = {
    onReceiveMetadata: () => undefined,
    onReceiveMessage(message: Buffer) {
      answer = message
    },
    onReceiveStatus(ended) {
      if (ended.code !== status.OK) done(errorOf(ended), undefined)
      else if (answer === undefined || answer[0] !== 0) done(errorOf({ ...ended, ...unreadable }), undefined)
      else done(undefined, answer.subarray(messageHeader))
    },
  }
  try {
    return withPlainBind(() => connection.createCall(metadata, authority, path, listener, 0))
  } catch {
    return undefined
  }
}

const unreadable = { code: status.INTERNAL, details: 'etcd gave no answer, or one that is compressed' }

/** As grpc-js makes them. */
function errorOf({ code, details, metadata }: { code: status; details: string; metadata: Metadata }): ServiceError {
  return Object.assign(new Error(`${code} ${status[code]}: ${details}`), { code, details, metadata })
}

class KeptConfig implements experimental.TypedLoadBalancingConfig {
  getLoadBalancerName(): string {
    return policy
  }

  toJsonObject(): object {
    return { [policy]: {} }
  }

  static createFromJson(): KeptConfig {
    return new KeptConfig()
  }
}

/** grpc-js' `pick_first`, and the picker of its connection is noted. */
class KeptPickFirst implements experimental.LoadBalancer {
  readonly #child: experimental.ChildLoadBalancerHandler
  readonly #pickFirst = experimental.parseLoadBalancingConfig({ pick_first: {} })
  #connected: Connected | undefined

  constructor(parent: experimental.ChannelControlHelper) {
    const updateState: typeof parent.updateState = (state, picker, error) => {
      if (this.#connected) this.#connected.picker = state === connectivityState.READY ? picker : undefined
      parent.updateState(state, picker, error)
    }
    this.#child = new experimental.ChildLoadBalancerHandler(
      experimental.createChildChannelControlHelper(parent, { updateState }),
    )
  }

  updateAddressList(
    ...[endpoints, , options, note]: Parameters<experimental.LoadBalancer['updateAddressList']>
  ): boolean {
    this.#connected = members.get(options[memberOption])
    return this.#child.updateAddressList(endpoints, this.#pickFirst, options, note)
  }

  exitIdle(): void {
    this.#child.exitIdle()
  }

  resetBackoff(): void {
    this.#child.resetBackoff()
  }

  destroy(): void {
    if (this.#connected) this.#connected.picker = undefined
    this.#child.destroy()
  }

  getTypeName(): string {
    return policy
  }
}

function register(): void {
  if (!experimental.isLoadBalancerNameRegistered(policy))
    experimental.registerLoadBalancerType(policy, KeptPickFirst, KeptConfig)
}
