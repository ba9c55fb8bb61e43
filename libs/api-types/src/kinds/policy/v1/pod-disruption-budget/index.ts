import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { PodDisruptionBudget } from '../../types.ts'
import { strategy } from './strategy.ts'

/** Once told the selectors of `policy/v1beta1` for everything and for nothing apart. */
const markerLabel = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match'

/** The marker alone is a selector of its own; among the user's expressions it means nothing and is taken away. */
function stripMarker({ spec }: PodDisruptionBudget): void {
  const selector = spec?.selector
  const expressions = selector?.matchExpressions ?? []
  if (selector === undefined || !expressions.some(({ key }) => key === markerLabel)) return
  const [{ operator = '', values = [] } = {}] = expressions
  const alone = expressions.length === 1 && Object.keys(selector.matchLabels ?? {}).length === 0
  if (alone && values.length === 0 && operator === 'Exists') return
  selector.matchExpressions = expressions.filter(({ key }) => key !== markerLabel)
}

export const podDisruptionBudget = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  subresources: { status: own('PodDisruptionBudget', readWrite, 'policy', 'v1') },
  applyDefaults: stripMarker,
  strategy,
  columns: [
    nameColumn,
    column('Min Available', 'How many pods, or what part of them, must stay.'),
    column('Max Unavailable', 'How many pods, or what part of them, may be away at once.'),
    column('Allowed Disruptions', 'Pods that may be evicted now without breaking the budget.', { type: 'integer' }),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    String(object.spec?.minAvailable ?? 'N/A'),
    String(object.spec?.maxUnavailable ?? 'N/A'),
    object.status?.disruptionsAllowed ?? 0,
    age(object, now),
  ],
})
