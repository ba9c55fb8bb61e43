import { type AccessDecision, type AccessRequest, type Authorizer, noRules } from '../authorizer.ts'
import { pathCovers } from '../rbac/policy-rule.ts'
import { type AbacPolicy, parsePolicies } from './policy.ts'

const allow: AccessDecision = { decision: 'allow', reason: '' }
const refuse: AccessDecision = { decision: 'no opinion', reason: 'No policy matched.' }
const reading = ['get', 'list', 'watch']

/** `--authorization-mode=ABAC`: a list of policies in a file, of which one has to match. Throws naming the line that is wrong. */
export function abacAuthorizer(text: string): Authorizer {
  const policies = parsePolicies(text)
  return {
    authorize: request => (policies.some(policy => matches(policy, request)) ? allow : refuse),
    rulesFor(user, namespace) {
      const own = policies.filter(
        policy => isSubject(policy, user) && (policy.namespace === '*' || policy.namespace === namespace),
      )
      const verbs = (policy: AbacPolicy) => (policy.readonly ? reading : ['*'])
      return {
        ...noRules,
        resourceRules: own.flatMap(policy =>
          policy.resource === ''
            ? []
            : { verbs: verbs(policy), apiGroups: [policy.apiGroup], resources: [policy.resource] },
        ),
        nonResourceRules: own.flatMap(policy =>
          policy.nonResourcePath === '' ? [] : { verbs: verbs(policy), nonResourceURLs: [policy.nonResourcePath] },
        ),
      }
    },
  }
}

function matches(policy: AbacPolicy, request: AccessRequest): boolean {
  if (!isSubject(policy, request.user)) return false
  if (policy.readonly && !reading.includes(request.verb)) return false
  const is = (own: string, asked: string) => own === '*' || own === asked
  if (request.path !== undefined) return pathCovers(policy.nonResourcePath, request.path)
  return (
    is(policy.namespace, request.namespace) &&
    is(policy.resource, request.resource) &&
    is(policy.apiGroup, request.group)
  )
}

/** User and group both have to be right where both are named; a policy that names neither is nobody's. */
function isSubject({ user, group }: AbacPolicy, { name, groups }: AccessRequest['user']): boolean {
  if (user === '' && group === '') return false
  return (user === '' || user === '*' || user === name) && (group === '' || group === '*' || groups.includes(group))
}
