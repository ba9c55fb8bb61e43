import { goQuote } from '@kubets/apimachinery'
import { type AccessDecision, type AccessRequest, type Authorizer, noOpinion, noRules } from '../authorizer.ts'
import { type PolicyRule, ruleAllows } from '../rbac/policy-rule.ts'
import type { NodeGraph } from './node-graph.ts'
import { nodeOf } from './node-identity.ts'

const allow: AccessDecision = { decision: 'allow', reason: '' }
const refuse = (reason: string): AccessDecision => ({ decision: 'no opinion', reason })

/** One kind's rule for a node. */
type Rule = (node: string, request: AccessRequest, graph: NodeGraph) => AccessDecision

/**
 * `--authorization-mode=Node`: a kubelet reads what has to do with the pods of its node, and nothing else of the kinds below; of other kinds
 * it may what the role system:node says. What it may write is narrowed further by the admission plugin NodeRestriction.
 */
export function nodeAuthorizer(graph: NodeGraph, nodeRules: readonly PolicyRule[]): Authorizer {
  return {
    authorize(request) {
      const node = nodeOf(request.user)
      if (node === undefined) return noOpinion
      if (node === '') return refuse(`unknown node for user ${goQuote(request.user.name)}`)
      if (request.path === undefined) {
        const rule = rules.get(request.group === '' ? request.resource : `${request.resource}.${request.group}`)
        if (rule !== undefined) {
          const filling = graph.prepare()
          return filling === undefined ? rule(node, request, graph) : filling.then(() => rule(node, request, graph))
        }
      }
      return nodeRules.some(rule => ruleAllows(rule, request)) ? allow : noOpinion
    },
    rulesFor: user =>
      nodeOf(user) === undefined
        ? noRules
        : { ...noRules, incomplete: true, error: 'node authorizer does not support user rule resolution' },
  }
}

type Relation = (graph: NodeGraph, node: string, namespace: string, name: string) => boolean

function related(
  relation: Relation,
  node: string,
  { namespace, name }: AccessRequest,
  graph: NodeGraph,
): AccessDecision {
  if (name === '') return refuse('No Object name found')
  if (relation(graph, node, namespace, name)) return allow
  return refuse(`no relationship found between node '${node}' and this object`)
}

/** `get` of one object. */
const get =
  (relation: Relation): Rule =>
  (node, request, graph) => {
    if (request.verb !== 'get') return refuse('can only get individual resources of this type')
    if (request.subresource !== '') return refuse('cannot get subresource')
    return related(relation, node, request, graph)
  }

/** `get`, `list` and `watch` of one object. */
const readOne =
  (relation: Relation): Rule =>
  (node, request, graph) => {
    if (request.verb !== 'get' && request.verb !== 'list' && request.verb !== 'watch')
      return refuse('can only read resources of this type')
    if (request.subresource !== '') return refuse('cannot read subresource')
    if (request.namespace === '') return refuse('can only read namespaced object of this type')
    return related(relation, node, request, graph)
  }

/** A selector that narrows to what is of this node. */
const selectsOwn = (field: string, node: string, { fieldRequirements = [] }: AccessRequest) =>
  fieldRequirements.some(one => one.field === field && one.operator === '=' && one.value === node)

const claimOf: Relation = (graph, ...asked) => graph.hasClaim(...asked)
const podOf: Relation = (graph, ...asked) => graph.hasPod(...asked)
const accountOf: Relation = (graph, ...asked) => graph.hasServiceAccount(...asked)

const getClaim = get(claimOf)
const getPod = get(podOf)
const readAccount = readOne(accountOf)

const claims: Rule = (node, request, graph) => {
  if (request.subresource !== 'status') return getClaim(node, request, graph)
  if (request.verb !== 'update' && request.verb !== 'patch') return refuse('can only get/update/patch this type')
  return related(claimOf, node, request, graph)
}

const serviceAccounts: Rule = (node, request, graph) => {
  const { verb, subresource, name } = request
  if (verb === 'get' && subresource === '') return readAccount(node, request, graph)
  if (verb !== 'create' || name === '') return refuse('can only create tokens for individual service accounts')
  if (subresource !== 'token') return refuse('can only create token subresource of serviceaccount')
  return related(accountOf, node, request, graph)
}

const ownVerbs: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete'])

const leases: Rule = (node, { verb, namespace, name }) => {
  if (!ownVerbs.has(verb)) return refuse('can only get, create, update, patch, or delete a node lease')
  if (namespace !== 'kube-node-lease') return refuse('can only access leases in the "kube-node-lease" system namespace')
  // the name of what is created is not known yet: NodeRestriction looks at it
  if (verb !== 'create' && name !== node)
    return refuse('can only access node lease with the same name as the requesting node')
  return allow
}

const csiNodes: Rule = (node, { verb, subresource, name }) => {
  if (!ownVerbs.has(verb)) return refuse('can only get, create, update, patch, or delete a CSINode')
  if (subresource !== '') return refuse('cannot authorize CSINode subresources')
  if (verb !== 'create' && name !== node)
    return refuse('can only access CSINode with the same name as the requesting node')
  return allow
}

const resourceSlices: Rule = (node, request, graph) => {
  if (request.subresource !== '') return refuse('cannot authorize ResourceSlice subresources')
  switch (request.verb) {
    case 'create':
      return allow
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related((of, own, _, name) => of.hasResourceSlice(own, name), node, request, graph)
    case 'watch':
    case 'list':
    case 'deletecollection':
      return selectsOwn('spec.nodeName', node, request)
        ? allow
        : refuse('can only list/watch/deletecollection resourceslices with nodeName field selector')
    default:
      return refuse(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      )
  }
}

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

const nodes: Rule = (node, { verb, subresource, name }) => {
  const changes = verb === 'update' || verb === 'patch'
  if (subresource === 'status') return changes ? allow : noOpinion
  if (subresource !== '') return noOpinion
  if (changes || verb === 'create') return allow
  if (!reads.has(verb)) return noOpinion
  // by the name and not by the graph: a kubelet reads its own Node before there is one
  if (name === node) return allow
  return refuse(
    name === ''
      ? `node '${node}' cannot read all nodes, only its own Node object`
      : `node '${node}' cannot read '${name}', only its own Node object`,
  )
}

const pods: Rule = (node, request, graph) => {
  const { verb, subresource, name } = request
  switch (subresource) {
    case '':
      if (verb === 'get') return getPod(node, request, graph)
      if (verb === 'create' || verb === 'delete') return allow
      if (verb !== 'list' && verb !== 'watch') return noOpinion
      if (selectsOwn('spec.nodeName', node, request)) return allow
      return name === ''
        ? refuse('can only list/watch pods with spec.nodeName field selector')
        : related(podOf, node, request, graph)
    case 'status':
      return verb === 'update' || verb === 'patch' ? allow : noOpinion
    case 'eviction':
      return verb === 'create' ? allow : noOpinion
    default:
      return noOpinion
  }
}

const rules: ReadonlyMap<string, Rule> = new Map([
  ['secrets', readOne((graph, ...asked) => graph.hasSecret(...asked))],
  ['configmaps', readOne((graph, ...asked) => graph.hasConfigMap(...asked))],
  ['persistentvolumeclaims', claims],
  ['persistentvolumes', get((graph, node, _, name) => graph.hasVolume(node, name))],
  ['resourceclaims.resource.k8s.io', get((graph, ...asked) => graph.hasResourceClaim(...asked))],
  ['volumeattachments.storage.k8s.io', get((graph, node, _, name) => graph.hasAttachment(node, name))],
  ['serviceaccounts', serviceAccounts],
  ['leases.coordination.k8s.io', leases],
  ['csinodes.storage.k8s.io', csiNodes],
  ['resourceslices.resource.k8s.io', resourceSlices],
  ['nodes', nodes],
  ['pods', pods],
  // the feature gate PodCertificateRequest is off by default
  ['podcertificaterequests.certificates.k8s.io', () => noOpinion],
])
