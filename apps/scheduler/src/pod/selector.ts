/** Labels as a Map: a label may be called `constructor`, which every plain object already has. */
export type Labels = ReadonlyMap<string, string>

export interface Requirement {
  key: string
  operator: string
  values?: readonly string[]
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: readonly Requirement[]
}

export type Matcher = (labels: Labels) => boolean

export function toLabels(record: Record<string, string> | undefined): Labels {
  return new Map(record === undefined ? [] : Object.entries(record))
}

/** A label selector; none selects nothing, an empty one everything. */
export function compileSelector(selector: LabelSelector | undefined): Matcher {
  if (selector === undefined) return () => false
  const all = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...(selector.matchExpressions ?? []),
  ].map(compileRequirement)
  return labels => all.every(matches => matches(labels))
}

/** One expression of a label or node selector. Unknown operators and numbers that are none match nothing. */
export function compileRequirement({ key, operator, values = [] }: Requirement): Matcher {
  const set = new Set(values)
  switch (operator) {
    case 'In':
      return labels => {
        const value = labels.get(key)
        return value !== undefined && set.has(value)
      }
    case 'NotIn':
      return labels => {
        const value = labels.get(key)
        return value === undefined || !set.has(value)
      }
    case 'Exists':
      return labels => labels.has(key)
    case 'DoesNotExist':
      return labels => !labels.has(key)
    case 'Gt':
    case 'Lt': {
      const limit = integer(values[0])
      return labels => {
        const value = integer(labels.get(key))
        if (value === undefined || limit === undefined) return false
        return operator === 'Gt' ? value > limit : value < limit
      }
    }
    default:
      return () => false
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
}
