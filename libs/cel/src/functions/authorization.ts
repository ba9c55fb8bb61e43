import { declare, type Library } from '../check/declarations.ts'
import { structType, type Type } from '../check/types.ts'
import { Failure, LibraryValue } from '../evaluate/values.ts'

export const authorizerType = structType('kubernetes.authorization.Authorizer')
const types = new Map([
  ['authorizer', authorizerType],
  ['path', structType('kubernetes.authorization.PathCheck')],
  ['group', structType('kubernetes.authorization.GroupCheck')],
  ['resource', structType('kubernetes.authorization.ResourceCheck')],
  ['decision', structType('kubernetes.authorization.Decision')],
])

/** What an expression asks an authorizer. */
export interface AuthorizationQuestion {
  verb: string
  /** Asked on behalf of another account instead of the request's user. */
  serviceAccount?: { namespace: string; name: string }
  path?: string
  resource?: {
    group: string
    resource: string
    subresource: string
    namespace: string
    name: string
    fieldSelector?: string
    labelSelector?: string
  }
}

export interface AuthorizationAnswer {
  allowed: boolean
  reason: string
  error?: string
}

/** Answers at once: whoever evaluates expressions that ask has asked before, or knows the rules. */
export type Authorize = (question: AuthorizationQuestion) => AuthorizationAnswer

/** One value for all steps of a question: `authorizer.group('apps').resource('deployments').check('get')`. */
class Question extends LibraryValue {
  readonly type: Type
  readonly authorize: Authorize
  readonly asked: Omit<AuthorizationQuestion, 'verb'>

  constructor(type: string, authorize: Authorize, asked: Omit<AuthorizationQuestion, 'verb'>) {
    super()
    this.type = types.get(type) as Type
    this.authorize = authorize
    this.asked = asked
  }
  equals(other: LibraryValue): boolean {
    return other === this
  }
}

class Decision extends LibraryValue {
  readonly type = types.get('decision') as Type
  readonly answer: AuthorizationAnswer

  constructor(answer: AuthorizationAnswer) {
    super()
    this.answer = answer
  }
  equals(other: LibraryValue): boolean {
    return other === this
  }
}

/** The value of the variable `authorizer`. */
export const authorizerValue = (authorize: Authorize): LibraryValue => new Question('authorizer', authorize, {})

const narrow =
  (part: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector') =>
  ({ authorize, asked }: Question, value: string) =>
    new Question('resource', authorize, {
      ...asked,
      resource: { ...(asked.resource as NonNullable<AuthorizationQuestion['resource']>), [part]: value },
    })

const check = ({ authorize, asked }: Question, verb: string) => new Decision(authorize({ ...asked, verb }))

const narrowing = (name: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector', id: string) =>
  declare(name, { [id]: 'resource.(string) -> resource' }, narrow(name), types)

export const authorization: Library = {
  name: 'authorization',
  types,
  functions: [
    declare(
      'path',
      { authorizer_path: 'authorizer.(string) -> path' },
      ({ authorize, asked }: Question, path: string) =>
        path === '' ? new Failure('path must not be empty') : new Question('path', authorize, { ...asked, path }),
      types,
    ),
    declare(
      'group',
      { authorizer_group: 'authorizer.(string) -> group' },
      ({ authorize, asked }: Question, group: string) =>
        new Question('group', authorize, {
          ...asked,
          resource: { group, resource: '', subresource: '', namespace: '', name: '' },
        }),
      types,
    ),
    declare(
      'serviceAccount',
      { authorizer_serviceaccount: 'authorizer.(string, string) -> authorizer' },
      ({ authorize }: Question, namespace: string, name: string) =>
        new Question('authorizer', authorize, { serviceAccount: { namespace, name } }),
      types,
    ),
    declare(
      'resource',
      { groupcheck_resource: 'group.(string) -> resource' },
      ({ authorize, asked }: Question, resource: string) =>
        new Question('resource', authorize, {
          ...asked,
          resource: { ...(asked.resource as NonNullable<AuthorizationQuestion['resource']>), resource },
        }),
      types,
    ),
    narrowing('subresource', 'resourcecheck_subresource'),
    narrowing('namespace', 'resourcecheck_namespace'),
    narrowing('name', 'resourcecheck_name'),
    narrowing('fieldSelector', 'authorizer_fieldselector'),
    narrowing('labelSelector', 'authorizer_labelselector'),
    declare(
      'check',
      { pathcheck_check: 'path.(string) -> decision', resourcecheck_check: 'resource.(string) -> decision' },
      check,
      types,
    ),
    declare(
      'errored',
      { decision_errored: 'decision.() -> bool' },
      ({ answer }: Decision) => answer.error !== undefined,
      types,
    ),
    declare('error', { decision_error: 'decision.() -> string' }, ({ answer }: Decision) => answer.error ?? '', types),
    declare('allowed', { decision_allowed: 'decision.() -> bool' }, ({ answer }: Decision) => answer.allowed, types),
    declare('reason', { decision_reason: 'decision.() -> string' }, ({ answer }: Decision) => answer.reason, types),
  ],
}

/** `jsonpatch.escapeKey('a/b')`: for keys in the paths of a MutatingAdmissionPolicy's patches. */
export const jsonPatchKeys: Library = {
  name: 'json patch keys',
  functions: [
    declare('jsonpatch.escapeKey', { string_jsonpatch_escapeKey_string: '(string) -> string' }, (key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    ),
  ],
}
