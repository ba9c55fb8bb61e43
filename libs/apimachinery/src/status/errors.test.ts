import { describe, expect, it } from 'vitest'
import { ApiError, isConflict, isExpired, isInvalid, isNotFound } from './api-error.ts'
import * as errors from './errors.ts'
import { field } from './field-errors.ts'

const deployments = { group: 'apps', resource: 'deployments' }

describe('a Status error', () => {
  it.each<[string, ApiError, number, string, string]>([
    ['not found', errors.notFound('pods', 'x'), 404, 'NotFound', 'pods "x" not found'],
    ['not found in a group', errors.notFound(deployments, 'x'), 404, 'NotFound', 'deployments.apps "x" not found'],
    ['already exists', errors.alreadyExists('pods', 'x'), 409, 'AlreadyExists', 'pods "x" already exists'],
    [
      'conflict',
      errors.conflict('pods', 'x'),
      409,
      'Conflict',
      'Operation cannot be fulfilled on pods "x": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      'precondition',
      errors.preconditionFailed('pods', 'x', 'UID', 'a', 'b'),
      409,
      'Conflict',
      'Operation cannot be fulfilled on pods "x": Precondition failed: UID in precondition: a, UID in object meta: b',
    ],
    [
      'invalid with one cause',
      errors.invalid('Pod', 'x', [field.required('spec.containers')]),
      422,
      'Invalid',
      'Pod "x" is invalid: spec.containers: Required value',
    ],
    [
      'invalid with several causes, each said once',
      errors.invalid({ group: 'apps', kind: 'Deployment' }, 'x', [
        field.required('a'),
        field.required('a'),
        field.forbidden('b', 'no'),
      ]),
      422,
      'Invalid',
      'Deployment.apps "x" is invalid: [a: Required value, b: Forbidden: no]',
    ],
    ['unauthorized', errors.unauthorized(), 401, 'Unauthorized', 'Unauthorized'],
    ['forbidden', errors.forbidden('pods', 'x', 'why'), 403, 'Forbidden', 'pods "x" is forbidden: why'],
    [
      'access denied in a namespace',
      errors.accessDenied({ user: 'jane', verb: 'list', resource: 'pods', namespace: 'default' }),
      403,
      'Forbidden',
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
    [
      'access denied to a subresource of the cluster',
      errors.accessDenied({ user: 'jane', verb: 'get', resource: 'nodes', subresource: 'proxy', name: 'n' }),
      403,
      'Forbidden',
      'nodes "n" is forbidden: User "jane" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
    ],
    [
      'access denied to a path',
      errors.accessDenied({ user: 'system:anonymous', verb: 'get', path: '/metrics' }),
      403,
      'Forbidden',
      'forbidden: User "system:anonymous" cannot get path "/metrics"',
    ],
    [
      'method not supported',
      errors.methodNotSupported('bindings', 'get'),
      405,
      'MethodNotAllowed',
      'get is not supported on resources of kind "bindings"',
    ],
    [
      'too large a revision',
      errors.tooLargeResourceVersion(10n, 5n),
      504,
      'Timeout',
      'Timeout: Too large resource version: 10, current: 5',
    ],
    ['internal error', errors.internalError(new Error('boom')), 500, 'InternalError', 'Internal error occurred: boom'],
    [
      'media type',
      errors.unsupportedMediaType(['application/json', 'application/yaml']),
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    ],
    [
      'body too large',
      errors.requestEntityTooLarge('limit is 3145728'),
      413,
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
    ],
  ])('says %s as upstream does', (_what, error, code, reason, message) => {
    expect(error).toBeInstanceOf(ApiError)
    expect([error.code, error.reason, error.message]).toEqual([code, reason, message])
    expect(error.status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure' })
  })

  it('carries causes for clients', () => {
    const { details } = errors.invalid('Pod', 'x', [field.invalid('spec.a', 'b', 'c')]).status
    expect(details).toEqual({
      name: 'x',
      kind: 'Pod',
      causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: "b": c', field: 'spec.a' }],
    })
  })

  it('is asked for its reason, not its text', () => {
    expect(isNotFound(errors.notFound('pods', 'x'))).toBe(true)
    expect(isConflict(errors.conflict('pods', 'x'))).toBe(true)
    expect(isInvalid(errors.invalid('Pod', 'x', []))).toBe(true)
    expect(isExpired(errors.expired('gone'))).toBe(true)
    expect(isNotFound(new Error('pods "x" not found'))).toBe(false)
  })
})

describe('a field error', () => {
  it.each([
    [field.invalid('f', 'a"b', 'no'), 'Invalid value: "a\\"b": no'],
    [field.invalid('f', 5, 'no'), 'Invalid value: 5: no'],
    [field.invalid('f', null, 'no'), 'Invalid value: null: no'],
    [field.invalid('f', { a: 1 }, 'no'), 'Invalid value: {"a":1}: no'],
    [field.notSupported('f', 'x', ['a', 'b']), 'Unsupported value: "x": supported values: "a", "b"'],
    [field.duplicate('f', 'x'), 'Duplicate value: "x"'],
    [field.notFound('f', 'x'), 'Not found: "x"'],
    [field.tooLong('f', 63), 'Too long: may not be more than 63 bytes'],
    [field.tooMany('f', 5, 1), 'Too many: 5: must have at most 1 item'],
    [field.required('f', 'why'), 'Required value: why'],
  ])('%# reads as upstream writes it', (error, message) => {
    expect(error.message).toBe(message)
  })
})
