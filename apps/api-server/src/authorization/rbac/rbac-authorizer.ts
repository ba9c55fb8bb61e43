import { append, goQuote } from '@kubets/apimachinery'
import type { UserInfo } from '../../handlers/request-context.ts'
import { aggregateErrors } from '../aggregate-errors.ts'
import type { AccessDecision, AccessRules, Authorizer } from '../authorizer.ts'
import { type PolicyRule, ruleAllows } from './policy-rule.ts'
import { type Binding, type RbacIndex, type Subject, subjectOf } from './rbac-index.ts'

/** `--authorization-mode=RBAC`: what the roles allow that are bound to the user. */
export function rbacAuthorizer(index: RbacIndex): Authorizer {
  return {
    authorize(request) {
      const { user } = request
      let granted: Binding | undefined
      let errors: string[] | undefined
      index.visit(user, request.namespace, binding => {
        const rules = index.rules(binding.roleKind, binding.namespace, binding.roleName)
        if (rules === undefined) {
          errors ??= []
          errors.push(roleNotFound(binding))
          return false
        }
        for (const rule of rules) {
          if (!ruleAllows(rule, request)) continue
          granted = binding
          return true
        }
        return false
      })
      if (granted !== undefined) return new Granted(granted, user)
      return errors === undefined ? silent : { decision: 'no opinion', reason: `RBAC: ${aggregateErrors(errors)}` }
    },
    rulesFor(user, namespace) {
      const { rules, lost } = rulesOf(index, user, namespace)
      return accessRules(rules, aggregateErrors(lost.map(roleNotFound)))
    },
  }
}

const silent: AccessDecision = { decision: 'no opinion', reason: '' }

/** Most of those who are allowed never ask why: the text is made when somebody does. */
class Granted implements AccessDecision {
  readonly decision = 'allow'
  readonly #binding: Binding
  readonly #user: UserInfo

  constructor(binding: Binding, user: UserInfo) {
    this.#binding = binding
    this.#user = user
  }

  get reason(): string {
    const { namespace, name, roleKind, roleName } = this.#binding
    const binding =
      namespace === '' ? `ClusterRoleBinding ${goQuote(name)}` : `RoleBinding ${goQuote(`${name}/${namespace}`)}`
    const subject = subjectOf(this.#binding, this.#user)
    return `RBAC: allowed by ${binding} of ${roleKind} ${goQuote(roleName)} to ${subject === undefined ? '' : describe(subject, namespace)}`
  }
}

const describe = ({ kind, name, namespace }: Subject, own: string) =>
  `${kind} ${goQuote(kind === 'ServiceAccount' ? `${name}/${namespace || own}` : name)}`

/** As upstream's lister says it: with the singular. */
const roleNotFound = ({ roleKind, roleName }: Binding) =>
  `${roleKind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(roleName)} not found`

export interface HeldRules {
  readonly rules: readonly PolicyRule[]
  /** Bindings of roles that are not there. */
  readonly lost: readonly Binding[]
}

/** All that a user may do in a namespace ('': cluster-wide). */
export function rulesOf(index: RbacIndex, user: UserInfo, namespace: string): HeldRules {
  const rules: PolicyRule[] = []
  const lost: Binding[] = []
  const seen = new Set<Binding>()
  index.visit(user, namespace, binding => {
    if (seen.has(binding)) return false
    seen.add(binding)
    const found = index.rules(binding.roleKind, binding.namespace, binding.roleName)
    if (found === undefined) lost.push(binding)
    else append(rules, found)
    return false
  })
  return { rules, lost }
}

function accessRules(rules: readonly PolicyRule[], error: string | undefined): AccessRules {
  return {
    resourceRules: rules
      .filter(({ resources = [] }) => resources.length > 0)
      .map(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames.length === 0 ? {} : { resourceNames }),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
    ...(error === undefined ? {} : { error }),
  }
}
