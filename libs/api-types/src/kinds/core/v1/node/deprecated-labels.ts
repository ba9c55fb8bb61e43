import { isLabelValue } from '@kubets/apimachinery'
import type { NodeSelectorTerm } from '../../../../wire.ts'

/** Node labels that go out of use, with what to use instead. */
const texts: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
}

/** What to say of a label in a selector of nodes; undefined when nothing is wrong with it. */
export const deprecatedNodeLabel = (key: string): string | undefined =>
  Object.hasOwn(texts, key) ? texts[key] : undefined

/** Warnings about a term of a node selector. `checkValues`: also about values that no label can have. */
export function nodeTermWarnings(term: NodeSelectorTerm, path: string, checkValues: boolean): string[] {
  const warnings: string[] = []
  term.matchExpressions?.forEach(({ key, values }, index) => {
    const at = `${path}.matchExpressions[${index}]`
    const text = deprecatedNodeLabel(key)
    if (text !== undefined) warnings.push(`${at}.key: ${key} is ${text}`)
    if (!checkValues) return
    values?.forEach((value, place) => {
      for (const wrong of isLabelValue(value)) warnings.push(`${at}.values[${place}]: ${value} is invalid, ${wrong}`)
    })
  })
  return warnings
}
