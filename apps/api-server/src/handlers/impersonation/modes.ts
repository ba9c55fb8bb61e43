import type { UserInfo } from '../request-context.ts'
import { accountOf, nodeOf } from './user-names.ts'

/** A way to take on somebody else's name, and for whom it is there. */
export interface ConstrainedMode {
  readonly name: 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info'
  applies(wanted: UserInfo, requestor: UserInfo): boolean
}

const onlyNamed = ({ uid, groups, extra }: UserInfo) =>
  uid === '' && groups.length === 0 && Object.keys(extra ?? {}).length === 0

/** The node that the pod runs on whose token is shown. */
const ownNode = 'authentication.kubernetes.io/node-name'

/** From the narrowest to the widest: who may do more than is needed is asked for the least. */
export const constrainedModes: readonly ConstrainedMode[] = [
  {
    name: 'associated-node',
    applies(wanted, { name, extra }) {
      const node = nodeOf(wanted.name)
      if (node === undefined || !onlyNamed(wanted) || accountOf(name) === undefined) return false
      const own = extra?.[ownNode] ?? []
      return own.length === 1 && own[0] === node
    },
  },
  { name: 'arbitrary-node', applies: wanted => onlyNamed(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: wanted => onlyNamed(wanted) && accountOf(wanted.name) !== undefined },
  {
    name: 'user-info',
    applies: wanted => nodeOf(wanted.name) === undefined && accountOf(wanted.name) === undefined,
  },
]

/** The one who asks for the node of its own pod: which node that is does not matter to authorizers, since it was found to be this one. */
export const withoutNode = (requestor: UserInfo): UserInfo => ({
  ...requestor,
  extra: { 'authentication.kubernetes.io/associated-node-keys': Object.keys(requestor.extra ?? {}).sort() },
})
