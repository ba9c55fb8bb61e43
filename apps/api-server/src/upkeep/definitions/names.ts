import type { CustomResourceDefinition, Names } from '@kubets/api-types'
import { goQuote, semanticEqual } from '@kubets/apimachinery'
import { conditionOf, type Said, saysSame, withCondition } from '../conditions.ts'

export type Status = NonNullable<CustomResourceDefinition['status']>

/** What one definition was given. */
export interface Claims {
  readonly group: string
  readonly names: Names
}

export const claimsOf = ({ spec, status }: CustomResourceDefinition): Claims => ({
  group: spec?.group ?? '',
  names: status?.acceptedNames ?? {},
})

/** Names that the definitions of a group were given. */
export interface TakenNames {
  /** Plural, singular and short names share one space, and so do kinds and list kinds. */
  readonly resources: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
}

export function takenNames(claims: Iterable<Claims>, group: string): TakenNames {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const claim of claims) {
    if (claim.group !== group) continue
    const { plural = '', singular = '', shortNames, kind = '', listKind = '' } = claim.names
    for (const name of [plural, singular, ...(shortNames ?? [])]) resources.add(name)
    for (const name of [kind, listKind]) kinds.add(name)
  }
  return { resources, kinds }
}

/**
 * The status of a definition whose names were looked at: each name it asks for is its own unless another definition of the group has it. Undefined:
 * it may stay. `taken` counts the definition's own names too. Pure.
 */
export function acceptNames(
  { spec, status }: CustomResourceDefinition,
  taken: TakenNames,
  now: number,
): Status | undefined {
  const wanted = spec?.names ?? {}
  const accepted: Names = status?.acceptedNames ?? {}
  if (semanticEqual(wanted, accepted)) return undefined
  const [names, accept] = decide(wanted, accepted, taken)
  const { conditions } = status ?? {}
  if (semanticEqual(names, accepted) && saysSame(conditionOf(conditions, 'NamesAccepted'), accept)) return undefined
  const established = conditionOf(conditions, 'Established')
  return {
    ...status,
    acceptedNames: names,
    conditions: withCondition(
      withCondition(conditions, accept, now),
      established?.status !== 'True' && accept.status === 'True' ? installing : ((established as Said) ?? notAccepted),
      now,
    ),
  } as unknown as Status
}

const notAccepted = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
} as const

const installing = {
  type: 'Established',
  status: 'False',
  reason: 'Installing',
  message: 'the initial names have been accepted',
} as const

function decide(wanted: Names, accepted: Names, { resources, kinds }: TakenNames): [Names, Said] {
  const names: Names = { ...accepted }
  // of several conflicts the last one is told
  let refused: Pick<Said, 'reason' | 'message'> | undefined
  const look = (name: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>, reason: string) => {
    const asked = wanted[name] ?? ''
    if (asked !== (accepted[name] ?? '') && used.has(asked)) refused = { reason, message: inUse(asked) }
    else names[name] = asked
  }
  look('plural', resources, 'PluralConflict')
  look('singular', resources, 'SingularConflict')
  const [asked, own] = [wanted.shortNames ?? [], accepted.shortNames ?? []]
  const conflicts = asked.filter(name => !own.includes(name) && resources.has(name))
  if (conflicts.length > 0) {
    const messages = [...new Set(conflicts.map(inUse))]
    const message = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
    refused = { reason: 'ShortNamesConflict', message }
  } else if (wanted.shortNames !== undefined) names.shortNames = asked
  else delete names.shortNames
  look('kind', kinds, 'KindConflict')
  look('listKind', kinds, 'ListKindConflict')
  if (wanted.categories !== undefined) names.categories = wanted.categories
  else delete names.categories
  return [
    names,
    refused === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...refused },
  ]
}

const inUse = (name: string) => `${goQuote(name)} is already in use`
