import { type ApiError, accessDenied, aggregate } from '@kubets/apimachinery'
import { domainPrefixedPath } from '../../authentication/domain-prefixed-path.ts'
import { anonymous } from '../../authentication/users.ts'
import type { AccessRequest, Authorizer } from '../../authorization/authorizer.ts'
import { RequestedAccess } from '../../authorization/requested-access.ts'
import type { RequestContext, UserInfo } from '../request-context.ts'
import { type ImpersonationMetrics, modeOfVerb } from './impersonation-metrics.ts'
import { type ConstrainedMode, constrainedModes, withoutNode } from './modes.ts'
import {
  extraQuestions,
  groupQuestions,
  nameQuestion,
  type Question,
  type Questions,
  uidQuestion,
} from './questions.ts'
import { accountOf, nodeOf } from './user-names.ts'

export interface Impersonated {
  readonly user: UserInfo
  /** The constrained verb that allowed it; '' where the old one did. */
  readonly constraint: string
}

const authenticated = 'system:authenticated'
const unauthenticated = 'system:unauthenticated'
const masters = 'system:masters'

/** Users whose last way is remembered; beyond it the one who asked longest ago is forgotten. */
const maxRemembered = 10_000
const old = { verb: 'impersonate', constrained: false } as const

/**
 * Who may be whom. A constrained verb (`impersonate:user-info`) allows it for some requests only: those for whose verb there is a second permission
 * (`impersonate-on:user-info:list`). The old verb `impersonate` allows it for all, and is asked last.
 */
export class Impersonation {
  readonly #authorizer: Authorizer
  readonly #metrics: ImpersonationMetrics
  /** The way that was the last to work, by the name of who asked: it is tried first. -1 is the old verb. */
  readonly #lastWay = new Map<string, number>()

  constructor(authorizer: Authorizer, metrics: ImpersonationMetrics) {
    this.#authorizer = authorizer
    this.#metrics = metrics
  }

  /** Throws the first refusal, 403, when no way works. */
  async of(context: RequestContext, wanted: UserInfo): Promise<Impersonated> {
    const began = performance.now()
    const { attempts } = this.#metrics
    try {
      const found = await this.#tryAll(context, wanted)
      const mode = found.constraint === '' ? old.verb : found.constraint
      attempts.count(modeOfVerb(mode), 'allowed', performance.now() - began)
      return found
    } catch (error) {
      attempts.count('', 'denied', performance.now() - began)
      throw error
    }
  }

  async #tryAll(context: RequestContext, wanted: UserInfo): Promise<Impersonated> {
    const { name } = context.user
    const last = this.#lastWay.get(name)
    const ways = [...constrainedModes.keys(), -1]
    if (last !== undefined) ways.sort((a, b) => Number(b === last) - Number(a === last))
    let refusal: ApiError | undefined
    for (const way of ways) {
      const mode = constrainedModes[way]
      if (mode !== undefined && !mode.applies(wanted, context.user)) continue
      const answer = await (mode === undefined ? this.#byOldVerb(context, wanted) : this.#by(mode, context, wanted))
      if ('user' in answer) {
        this.#remember(name, way)
        return answer
      }
      refusal ??= answer.refused
    }
    throw refusal
  }

  #remember(name: string, way: number): void {
    this.#lastWay.delete(name)
    this.#lastWay.set(name, way)
    if (this.#lastWay.size <= maxRemembered) return
    const [first] = this.#lastWay.keys()
    if (first !== undefined) this.#lastWay.delete(first)
  }

  async #by(mode: ConstrainedMode, context: RequestContext, wanted: UserInfo): Promise<Impersonated | Refused> {
    const requestor = mode.name === 'associated-node' ? withoutNode(context.user) : context.user
    const on = await this.#ask(impersonateOn(mode, new RequestedAccess({ user: requestor, info: context.info })))
    if (on !== undefined) return on
    const scheme = { verb: `impersonate:${mode.name}`, constrained: true }
    const named = nameQuestion(scheme, wanted.name)
    const name = mode.name === 'associated-node' ? '*' : named.name
    const refused =
      (await this.#ask({ ...named, name, user: requestor })) ??
      (wanted.uid === '' ? undefined : await this.#ask({ ...uidQuestion(scheme, wanted.uid), user: requestor })) ??
      unfitGroups(requestor, groupQuestions(scheme, ['']), wanted.groups) ??
      (await this.#askAll(requestor, groupQuestions(scheme, wanted.groups))) ??
      unfitExtra(requestor, extraQuestions(scheme, { '': [''] }), wanted.extra ?? {}) ??
      (await this.#askAll(requestor, extraQuestions(scheme, wanted.extra ?? {})))
    if (refused !== undefined) return refused
    const groups = nodeOf(wanted.name) === undefined ? accountGroups(wanted) : ['system:nodes']
    return { user: withAuthenticated({ ...wanted, groups }), constraint: scheme.verb }
  }

  async #byOldVerb({ user }: RequestContext, wanted: UserInfo): Promise<Impersonated | Refused> {
    const refused =
      (await this.#ask({ ...nameQuestion(old, wanted.name), user })) ??
      (wanted.uid === '' ? undefined : await this.#ask({ ...uidQuestion(old, wanted.uid), user })) ??
      (await this.#askAll(user, groupQuestions(old, wanted.groups))) ??
      (await this.#askAll(user, extraQuestions(old, wanted.extra ?? {})))
    return refused ?? { user: withAuthenticated({ ...wanted, groups: accountGroups(wanted) }), constraint: '' }
  }

  async #askAll(user: UserInfo, { all, each }: Questions): Promise<Refused | undefined> {
    if (all !== undefined && (await this.#ask({ ...all, user })) === undefined) return undefined
    for (const question of each) {
      const refused = await this.#ask({ ...question, user })
      if (refused !== undefined) return refused
    }
    return undefined
  }

  async #ask(request: AccessRequest): Promise<Refused | undefined> {
    const began = performance.now()
    const { decision, reason, error } = await this.#authorizer.authorize(request)
    const counted = decision === 'allow' ? 'allowed' : 'denied'
    this.#metrics.questions.count(modeOfVerb(request.verb), counted, performance.now() - began)
    if (decision === 'allow') return undefined
    return refusal(request, error === undefined ? reason : reason === '' ? error : `${error}: ${reason}`)
  }
}

/** The request itself, by the verb for those who are somebody else. */
const impersonateOn = (mode: ConstrainedMode, asked: RequestedAccess): AccessRequest => ({
  user: asked.user,
  verb: `impersonate-on:${mode.name}:${asked.verb}`,
  path: asked.path,
  group: asked.group,
  version: asked.version,
  resource: asked.resource,
  subresource: asked.subresource,
  namespace: asked.namespace,
  name: asked.name,
  get fieldRequirements() {
    return asked.fieldRequirements
  },
  get labelRequirements() {
    return asked.labelRequirements
  },
})

interface Refused {
  readonly refused: ApiError
}

function refusal(request: AccessRequest, reason: string): Refused {
  const { user, verb, path, group, resource, subresource, namespace, name } = request
  if (path !== undefined) return { refused: accessDenied({ user: user.name, verb, path, reason }) }
  return { refused: accessDenied({ user: user.name, verb, group, resource, subresource, namespace, name, reason }) }
}

/** Groups that the old verb only can take on. */
function unfitGroups(user: UserInfo, { each }: Questions, groups: readonly string[]): Refused | undefined {
  const [about] = each as [Question]
  const no = (name: string, what: string) =>
    refusal({ ...about, name, user }, `impersonating the ${what} is not allowed`)
  if (groups.includes('')) return no('', 'empty string group')
  return groups.includes(masters) ? no(masters, `${masters} group`) : undefined
}

/** Extra keys and values that the old verb only can take on. */
function unfitExtra(user: UserInfo, { each }: Questions, extra: NonNullable<UserInfo['extra']>): Refused | undefined {
  const [about] = each as [Question]
  for (const [key, values] of Object.entries(extra)) {
    const why = unfitKey(key) ?? (values.includes('') ? 'the empty string value in extra is not allowed' : undefined)
    if (why !== undefined) return refusal({ ...about, subresource: '', name: '', user }, `impersonating ${why}`)
  }
  return undefined
}

function unfitKey(key: string): string | undefined {
  if (key === '') return 'the empty string key in extra is not allowed'
  const errors = domainPrefixedPath('extra.key', key)
  if (errors.length > 0) return `an invalid key in extra is not allowed: ${aggregate(errors)}`
  return key === key.toLowerCase() ? undefined : `a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`
}

/** A service account's groups follow from its namespace, unless others are named. */
function accountGroups({ name, groups }: UserInfo): readonly string[] {
  const account = groups.length === 0 ? accountOf(name) : undefined
  return account === undefined ? groups : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
}

/** The user with the group that nobody has to name. */
function withAuthenticated(user: UserInfo): UserInfo {
  const { name, groups } = user
  const own = name === anonymous.name ? unauthenticated : authenticated
  return groups.includes(unauthenticated) || groups.includes(own) ? user : { ...user, groups: [...groups, own] }
}
