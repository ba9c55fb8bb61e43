import type { ResourceAttributes } from '@kubets/api-types'
import {
  type FieldRequirement,
  labelSelectorOf,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
} from '@kubets/apimachinery'

const path = 'spec.resourceAttributes'

export interface ReviewSelectors {
  readonly fieldRequirements: readonly FieldRequirement[] | undefined
  readonly labelRequirements: readonly Requirement[] | undefined
  /** What could not be read: it is left out of the question, which makes it a wider one. */
  readonly problems: readonly string[]
}

/** The selectors that a review asks about. */
export function reviewSelectors({ fieldSelector, labelSelector }: Partial<ResourceAttributes>): ReviewSelectors {
  const problems: string[] = []
  return {
    fieldRequirements: read(`${path}.fieldSelector`, fieldSelector, parseFieldSelector, fieldRequirement, problems),
    labelRequirements: read(`${path}.labelSelector`, labelSelector, parseLabelSelector, labelRequirement, problems),
    problems,
  }
}

interface Asked {
  key: string
  operator: string
  values?: string[]
}

function read<T>(
  name: string,
  selector: { rawSelector?: string; requirements?: Asked[] } | undefined,
  parse: (text: string) => { readonly requirements: readonly T[] },
  one: (asked: Asked) => T | undefined,
  problems: string[],
): readonly T[] | undefined {
  const { rawSelector = '', requirements = [] } = selector ?? {}
  if (rawSelector !== '') {
    const parsed = attempt(() => parse(rawSelector).requirements)
    if (parsed === undefined) problems.push(`${name} ignored due to parse error`)
    return parsed
  }
  if (requirements.length === 0) return undefined
  const known = requirements.flatMap(asked => attempt(() => one(asked)) ?? [])
  if (known.length < requirements.length)
    problems.push(`${name} ${known.length > 0 ? 'partially ignored' : 'ignored'} due to parse error`)
  return known.length === 0 ? undefined : known
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** Fields are equal to one value or are not: all that the server side can do. */
function fieldRequirement({ key, operator, values = [] }: Asked): FieldRequirement | undefined {
  const [value, ...more] = values
  if (value === undefined || more.length > 0) return undefined
  if (operator === 'In') return { field: key, operator: '=', value }
  return operator === 'NotIn' ? { field: key, operator: '!=', value } : undefined
}

const labelRequirement = (asked: Asked): Requirement | undefined =>
  labelSelectorOf({ matchExpressions: [asked] }).requirements[0]
