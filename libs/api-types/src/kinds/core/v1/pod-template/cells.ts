import { type LabelSelectorObject, type Labels, labelSelectorOf, SelectorError } from '@kubets/apimachinery'
import type { PodTemplateSpec } from '../../../../wire.ts'
import { column } from '../../../define-kind.ts'

const wide = { priority: 1 }

export const containersColumn = column('Containers', 'Containers of its pods, in their order.', wide)
export const imagesColumn = column(
  'Images',
  'Images that the containers of its pods run, in the order of the containers.',
  wide,
)

/** Names and images of a template's containers, as the two cells show them. */
export function containerCells(template: PodTemplateSpec | undefined): [names: string, images: string] {
  const containers = template?.spec?.containers ?? []
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')]
}

/** Labels or a selector of equalities: `a=b,c=d`. */
export function labelsText(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`)
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',')
}

/** The selector's text; `invalid` for what cannot be understood. */
export function selectorText(selector: LabelSelectorObject | undefined, empty: string, invalid: string): string {
  try {
    return labelSelectorOf(selector).toString() || empty
  } catch (error) {
    if (error instanceof SelectorError) return invalid
    throw error
  }
}
