import type { Catalogue } from '@kubets/api-types'
import type { Clock, Logger } from '@kubets/component'
import type { MetricFamily, WatchCache } from '@kubets/storage'
import type { WriteHook } from '../resources/hooks.ts'
import { abacAuthorizer } from './abac/abac-authorizer.ts'
import { type Authorizer, alwaysAllow, alwaysDeny, privileged } from './authorizer.ts'
import type { AuthorizationMode, AuthorizationOptions, AuthorizerConfiguration } from './configuration/contract.ts'
import { DecisionCounts } from './decision-counts.ts'
import { nodeAuthorizer } from './node/node-authorizer.ts'
import { NodeGraph } from './node/node-graph.ts'
import { nodeRules } from './rbac/bootstrap/objects.ts'
import { escalationHooks } from './rbac/escalation.ts'
import { rbacAuthorizer } from './rbac/rbac-authorizer.ts'
import { RbacIndex } from './rbac/rbac-index.ts'
import { union } from './union.ts'

export interface StartAuthorizationOptions {
  readonly options: AuthorizationOptions | readonly Exclude<AuthorizationMode, 'Webhook' | 'ABAC'>[]
  readonly cache: WatchCache
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly logger: Logger
  /** Ends what follows the cache and the configuration's file. */
  readonly signal: AbortSignal
  /** Resolves when the server serves: what need not be done before waits for it. */
  readonly served?: Promise<void>
}

export interface Authorization {
  readonly authorizer: Authorizer
  /** The checks of who writes roles and bindings, by {@link hookName}. */
  readonly hooks: ReadonlyMap<string, WriteHook>
  /** Roles decide: the bootstrap roles are needed. */
  readonly rbac: boolean
  /** Nobody without a name may come as far as the authorizers: one of them lets everybody do everything. */
  readonly anonymous: 'where everybody may' | 'authorized'
  readonly metrics: readonly MetricFamily[]
}

/** The authorizers that are configured, over the watch cache, which must be ready. */
export async function startAuthorization(start: StartAuthorizationOptions): Promise<Authorization> {
  const options: AuthorizationOptions = 'authorizers' in start.options ? start.options : plain(start.options)
  const { authorizers, reloadFile } = options
  const has = (type: AuthorizationMode) => authorizers.some(one => one.type === type)
  const only = authorizers[0]
  if (authorizers.length === 1 && reloadFile === undefined && only?.type === 'AlwaysAllow')
    return { authorizer: alwaysAllow, hooks: new Map(), rbac: false, anonymous: 'where everybody may', metrics: [] }
  // also without RBAC: who writes roles must hold what they grant, whoever else decides
  const index = new RbacIndex(start)
  if (has('RBAC')) index.ensure()
  const counts = new DecisionCounts()
  const lasting = lastingAuthorizers(start, options, index)
  const make = (configured: readonly AuthorizerConfiguration[]) => authorizerOf(configured, lasting, counts, start)
  const authorizer = await make(authorizers)
  const current =
    reloadFile === undefined
      ? authorizer
      : (await import('./configuration/reload.ts')).reloading({
          ...start,
          file: reloadFile,
          authorizers,
          authorizer,
          make,
        })
  return {
    authorizer: current,
    hooks: escalationHooks(index, current),
    rbac: has('RBAC'),
    anonymous: has('AlwaysAllow') ? 'where everybody may' : 'authorized',
    metrics: counts.families(),
  }
}

const plain = (modes: readonly Exclude<AuthorizationMode, 'Webhook' | 'ABAC'>[]): AuthorizationOptions => ({
  authorizers: modes.map(type => ({ type })),
})

/** Those that live as long as the server: a configuration that is read again may leave them out, not bring them in. */
type Lasting = ReadonlyMap<AuthorizationMode, Authorizer>

function lastingAuthorizers(
  start: StartAuthorizationOptions,
  options: AuthorizationOptions,
  index: RbacIndex,
): Lasting {
  const made = new Map<AuthorizationMode, Authorizer>([
    ['AlwaysAllow', alwaysAllow],
    ['AlwaysDeny', alwaysDeny],
  ])
  for (const { type } of options.authorizers) {
    if (type === 'RBAC') made.set(type, rbacAuthorizer(index))
    if (type === 'ABAC') made.set(type, abacAuthorizer(options.policy ?? ''))
    if (type === 'Node') {
      const graph = new NodeGraph(start)
      // a kubelet that comes before it is filled waits for it
      void Promise.resolve(start.served).then(() => graph.prepare()?.catch(() => undefined))
      made.set(type, nodeAuthorizer(graph, nodeRules()))
    }
  }
  return made
}

async function authorizerOf(
  configured: readonly AuthorizerConfiguration[],
  lasting: Lasting,
  counts: DecisionCounts,
  { clock, logger, signal }: StartAuthorizationOptions,
): Promise<Authorizer> {
  const all: Authorizer[] = [privileged]
  for (const one of configured) {
    if (one.type === 'Webhook') {
      const { webhookAuthorizer } = await import('./webhook/webhook-authorizer.ts')
      all.push(counts.counted(one.type, one.name, await webhookAuthorizer({ ...one, clock, logger, signal })))
      continue
    }
    const found = lasting.get(one.type)
    if (found === undefined)
      throw new Error(`authorizer type ${one.type} is not allowed if it was not enabled at initial server startup`)
    all.push(counts.counted(one.type, one.type.toLowerCase(), found))
  }
  return union(all)
}
