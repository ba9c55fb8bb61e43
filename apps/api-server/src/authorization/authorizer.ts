import type { FieldRequirement, Requirement } from '@kubets/apimachinery'
import type { UserInfo } from '../handlers/request-context.ts'

/** What somebody wants to do: to objects of a resource, or (with `path`) to another path. */
export interface AccessRequest {
  readonly user: UserInfo
  readonly verb: string
  /** Set for requests that name no resource. */
  readonly path?: string | undefined
  readonly group: string
  /** `*` for all. */
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** What a list, watch or deletecollection is narrowed to; none when it could not be read. */
  readonly fieldRequirements?: readonly FieldRequirement[] | undefined
  readonly labelRequirements?: readonly Requirement[] | undefined
}

/** `no opinion` becomes a refusal when nobody allows; `deny` cannot be allowed by others. */
export interface AccessDecision {
  readonly decision: 'allow' | 'deny' | 'no opinion'
  /** For people; '' when there is nothing to say. */
  readonly reason: string
  /** Something could not be evaluated. */
  readonly error?: string
}

/** What one user may do in a namespace, as far as the authorizer can list it. */
export interface AccessRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[]
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
  }[]
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[]
    readonly nonResourceURLs: readonly string[]
  }[]
  /** There is more that cannot be listed. */
  readonly incomplete: boolean
  readonly error?: string
}

/** Decides who may do what. */
export interface Authorizer {
  /** Waits only where somebody else has to be asked. */
  authorize(request: AccessRequest): AccessDecision | Promise<AccessDecision>
  rulesFor(user: UserInfo, namespace: string): AccessRules
}

export const noOpinion: AccessDecision = { decision: 'no opinion', reason: '' }
export const noRules: AccessRules = { resourceRules: [], nonResourceRules: [], incomplete: false }

const allowed: AccessDecision = { decision: 'allow', reason: '' }
const all = ['*']

/** `--authorization-mode=AlwaysAllow`. */
export const alwaysAllow: Authorizer = {
  authorize: () => allowed,
  rulesFor: () => ({
    resourceRules: [{ verbs: all, apiGroups: all, resources: all }],
    nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
    incomplete: false,
  }),
}

const refused: AccessDecision = { decision: 'no opinion', reason: 'Everything is forbidden.' }

/** `--authorization-mode=AlwaysDeny`. */
export const alwaysDeny: Authorizer = {
  authorize: () => refused,
  rulesFor: () => noRules,
}

/** The group that may do everything, whatever is configured: the first thing that is asked. */
export const privilegedGroup = 'system:masters'

export const privileged: Authorizer = {
  authorize: ({ user }) => (user.groups.includes(privilegedGroup) ? allowed : noOpinion),
  rulesFor: () => noRules,
}
