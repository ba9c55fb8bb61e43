import type { Node } from '@kubets/api-types'
import { goQuote, semanticEqual } from '@kubets/apimachinery'
import { type NodeRequest, refuse } from './refuse.ts'

/** A kubelet describes its own Node; what would draw others' pods to it is not its own to say. */
export function admitNode(request: NodeRequest): undefined {
  const { operation, name } = request
  const node = goQuote(request.node)
  if (name !== request.node) throw refuse(request, `node ${node} is not allowed to modify node ${goQuote(name)}`)
  if (operation === 'CREATE') {
    const { metadata, spec } = request.object as Node
    if (spec?.configSource !== undefined)
      throw refuse(request, `node ${node} is not allowed to create pods with a non-nil configSource`)
    const wrong = forbiddenLabels(metadata?.labels, {})
    if (wrong.length > 0)
      throw refuse(request, `node ${node} is not allowed to set the following labels: ${wrong.join(', ')}`)
  }
  if (operation === 'UPDATE') {
    const [old, now] = [request.oldObject as Node, request.object as Node]
    const source = now.spec?.configSource
    if (source !== undefined && !semanticEqual(source, old.spec?.configSource))
      throw refuse(request, `node ${node} is not allowed to update configSource to a new non-nil configSource`)
    if (!semanticEqual(now.spec?.taints, old.spec?.taints))
      throw refuse(request, `node ${node} is not allowed to modify taints`)
    if (!semanticEqual(now.metadata?.ownerReferences, old.metadata?.ownerReferences))
      throw refuse(request, `node ${node} is not allowed to modify ownerReferences`)
    const wrong = forbiddenLabels(now.metadata?.labels, old.metadata?.labels)
    if (wrong.length > 0) throw refuse(request, `is not allowed to modify labels: ${wrong.join(', ')}`)
  }
  return undefined
}

type Labels = Readonly<Record<string, string>>

function forbiddenLabels(now: Labels = {}, old: Labels = {}): string[] {
  const changed = Object.keys({ ...old, ...now }).filter(key => now[key] !== old[key])
  return changed.filter(isForbidden).sort()
}

const restricted = 'node-restriction.kubernetes.io'

/** What a kubelet may say of itself among the labels that Kubernetes gives a meaning. */
const ofKubelets: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
])

function isForbidden(key: string): boolean {
  const slash = key.indexOf('/')
  const namespace = slash === -1 ? '' : key.slice(0, slash)
  const isIn = (domain: string) => namespace === domain || namespace.endsWith(`.${domain}`)
  if (isIn(restricted)) return true
  if (!isIn('kubernetes.io') && !isIn('k8s.io')) return false
  return !ofKubelets.has(key) && !isIn('kubelet.kubernetes.io') && !isIn('node.kubernetes.io')
}
