import type { ResourceAttributes } from '@kubets/api-types'
import { parseFieldSelector, parseLabelSelector } from '@kubets/apimachinery'

const path = 'spec.resourceAttributes'
const labelOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/**
 * What a review says about selectors that could not be read, or only in part: they are left out of the question, which makes it a
 * wider one.
 */
export function unreadableSelectors(attributes: ResourceAttributes | undefined): string[] {
  const { fieldSelector, labelSelector } = attributes ?? {}
  return [
    ...told(
      'fieldSelector',
      fieldSelector,
      parses(parseFieldSelector),
      ({ operator, values = [] }) => (operator === 'In' || operator === 'NotIn') && values.length === 1,
    ),
    ...told('labelSelector', labelSelector, parses(parseLabelSelector), ({ operator }) =>
      labelOperators.includes(operator),
    ),
  ]
}

interface Requirement {
  operator: string
  values?: string[]
}

function told(
  name: string,
  selector: { rawSelector?: string; requirements?: Requirement[] } | undefined,
  canParse: (text: string) => boolean,
  isKnown: (requirement: Requirement) => boolean,
): string[] {
  const { rawSelector = '', requirements = [] } = selector ?? {}
  if (rawSelector !== '') return canParse(rawSelector) ? [] : [`${path}.${name} ignored due to parse error`]
  const known = requirements.filter(isKnown).length
  if (known === requirements.length) return []
  return [`${path}.${name} ${known > 0 ? 'partially ignored' : 'ignored'} due to parse error`]
}

const parses = (parse: (text: string) => unknown) => (text: string) => {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}
