import { parseLabelRequirements } from './parse-labels.ts'
import {
  compileRequirement,
  formatRequirement,
  type LabelPredicate,
  newRequirement,
  type Operator,
  type Requirement,
  SelectorError,
} from './requirement.ts'

/** A compiled label selector. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[]
  /** Matches every object. */
  readonly everything: boolean
  readonly matches: LabelPredicate
  /** Canonical text: requirements sorted by key. */
  toString(): string
}

/** The API form, as in `spec.selector` of a ReplicaSet. */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** Compiles requirements: all must hold. */
export function selectorOf(requirements: readonly Requirement[]): LabelSelector {
  const checks = requirements.map(compileRequirement)
  const [only] = checks
  const matches: LabelPredicate =
    only === undefined ? () => true : checks.length === 1 ? only : labels => checks.every(check => check(labels))
  return {
    requirements,
    everything: requirements.length === 0,
    matches,
    toString: () => requirements.map(formatRequirement).join(','),
  }
}

const nothing: LabelSelector = { requirements: [], everything: false, matches: () => false, toString: () => '' }

/**
 * Query syntax: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
 * @throws SelectorError with upstream's text.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = parseLabelRequirements(text)
  return selectorOf(requirements.sort(byKey))
}

const byKey = (a: Requirement, b: Requirement) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

const objectOperators: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/** The API form: unset matches nothing, empty matches everything. */
export function labelSelectorOf(object: LabelSelectorObject | undefined | null): LabelSelector {
  if (object === undefined || object === null) return nothing
  const requirements: Requirement[] = []
  for (const [key, value] of Object.entries(object.matchLabels ?? {})) {
    requirements.push(newRequirement(key, '=', [value]))
  }
  for (const { key = '', operator = '', values = [] } of object.matchExpressions ?? []) {
    const known = Object.hasOwn(objectOperators, operator) ? objectOperators[operator] : undefined
    if (known === undefined) throw new SelectorError(`"${operator}" is not a valid label selector operator`)
    requirements.push(newRequirement(key, known, values))
  }
  return selectorOf(requirements.sort(byKey))
}
