import type { AccessRequest } from '../../authorization/authorizer.ts'
import type { UserInfo } from '../request-context.ts'
import { accountOf, nodeOf } from './user-names.ts'

export type Question = Omit<AccessRequest, 'user'>

/** So many groups or extra values are asked for at once first: whoever may take on all of them need not be asked for each. */
const many = 4

interface Scheme {
  readonly verb: string
  /** Constrained verbs name users in the group of authentication, the old one in the core group. */
  readonly constrained: boolean
}

const authentication = { group: 'authentication.k8s.io', version: 'v1' }
const core = { group: '', version: 'v1' }
const plain = { subresource: '', namespace: '', name: '' }

/** Whose name is taken on. */
export function nameQuestion({ verb, constrained }: Scheme, name: string): Question {
  const of = { ...plain, ...(constrained ? authentication : core), verb }
  const account = accountOf(name)
  if (account !== undefined) return { ...of, resource: 'serviceaccounts', ...account }
  const node = constrained ? nodeOf(name) : undefined
  return node === undefined ? { ...of, resource: 'users', name } : { ...of, resource: 'nodes', name: node }
}

export const uidQuestion = ({ verb }: Scheme, uid: string): Question => ({
  ...plain,
  ...authentication,
  verb,
  resource: 'uids',
  name: uid,
})

/** One question for all of them that may be asked first, and one for each. */
export interface Questions {
  readonly all?: Question
  readonly each: readonly Question[]
}

export function groupQuestions({ verb, constrained }: Scheme, groups: readonly string[]): Questions {
  const of = { ...plain, ...(constrained ? authentication : core), verb, resource: 'groups' }
  const each = groups.map(name => ({ ...of, name }))
  return constrained && groups.length >= many ? { all: { ...of, name: '*' }, each } : { each }
}

export function extraQuestions({ verb, constrained }: Scheme, extra: NonNullable<UserInfo['extra']>): Questions {
  const of = { ...plain, ...authentication, verb, resource: 'userextras' }
  const each = Object.entries(extra).flatMap(([subresource, values]) =>
    values.map(name => ({ ...of, subresource, name })),
  )
  const large = each.length >= many || Object.keys(extra).length >= many
  return constrained && large ? { all: { ...of, subresource: '*', name: '*' }, each } : { each }
}
