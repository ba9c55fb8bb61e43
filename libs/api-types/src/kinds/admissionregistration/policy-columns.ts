import type { ParamKind, ParamRef } from './types.ts'

/** The ParamKind cell. */
export const paramKindCell = (kind: ParamKind | undefined): string =>
  kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>'

/** The ParamRef cell. Without a namespace it may be an object of any, or of none. */
export function paramRefCell(ref: ParamRef | undefined): string {
  if (ref?.name) return `${ref.namespace || '*'}/${ref.name}`
  return ref?.selector ? goSelector(ref.selector) : '<unset>'
}

/** A selector as Go prints the struct: upstream shows it like this. */
function goSelector({ matchLabels = {}, matchExpressions = [] }: NonNullable<ParamRef['selector']>): string {
  const labels = Object.keys(matchLabels ?? {})
    .sort()
    .map(key => `${key}: ${matchLabels[key]},`)
    .join('')
  const expressions = (matchExpressions ?? [])
    .map(
      ({ key = '', operator = '', values }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
    )
    .join('')
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`
}
