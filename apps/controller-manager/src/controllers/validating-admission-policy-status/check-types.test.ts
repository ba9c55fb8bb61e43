import type { ValidatingAdmissionPolicy } from '@kubets/api-types'
import * as cel from '@kubets/cel'
import { describe, expect, it } from 'vitest'
import { checkTypes, type KnownType } from './check-types.ts'
import { populateRefs, type Schemas } from './populate-refs.ts'
import { typesToCheck } from './types-to-check.ts'

const schemas: Schemas = {
  Deployment: {
    type: 'object',
    properties: {
      spec: { allOf: [{ $ref: '#/components/schemas/Spec' }] },
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
    },
  },
  Spec: {
    type: 'object',
    properties: {
      replicas: { type: 'integer' },
      port: { format: 'int-or-string' },
      parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
    },
  },
  Part: { type: 'object', properties: { name: { type: 'string' }, parent: { $ref: '#/components/schemas/Part' } } },
  Lost: { type: 'object', properties: { a: { $ref: '#/components/schemas/Nowhere' } } },
}
const deployment = {
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  schema: populateRefs(schemas, 'Deployment'),
} as KnownType
const config = {
  kind: { group: '', version: 'v1', kind: 'Config' },
  schema: { type: 'object', properties: { most: { type: 'integer' } } },
} as KnownType

const policy = (expressions: readonly string[], more: object = {}) =>
  ({ spec: { validations: expressions.map(expression => ({ expression })), ...more } }) as ValidatingAdmissionPolicy
const check = (subject: ValidatingAdmissionPolicy, params?: KnownType, types = [deployment]) =>
  checkTypes(cel, subject, types, params)

describe('expressions of a policy', () => {
  it('that fit the type are not warned of, whatever they evaluate to', () => {
    const fits = ["object.spec.port == 1 || object.spec.port == 'a'", 'object.spec.replicas', 'object == oldObject']
    expect(check(policy(fits))).toEqual([])
  })

  it('that do not are told with the kind, one warning for all that is wrong', () => {
    const wrong = ['object.spec.replicas < 100', "object.spec.replicas > '1' && object.spec.nope == 1"]
    expect(check(policy(wrong))).toEqual([
      {
        fieldRef: 'spec.validations[1].expression',
        warning: `apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'
 | object.spec.replicas > '1' && object.spec.nope == 1
 | .....................^
ERROR: <input>:1:42: undefined field 'nope'
 | object.spec.replicas > '1' && object.spec.nope == 1
 | .........................................^
`,
      },
    ])
  })

  it('are asked of each type, and their messages too', () => {
    const subject = {
      spec: { validations: [{ expression: 'true', messageExpression: "'a' + object.spec.replicas" }] },
    } as ValidatingAdmissionPolicy
    const [warning, ...others] = check(subject, undefined, [deployment, config])
    expect(others).toEqual([])
    expect(warning?.fieldRef).toBe('spec.validations[0].messageExpression')
    expect(warning?.warning.split('\n\n').map(text => text.slice(0, 60))).toEqual([
      'apps/v1, Kind=Deployment: ERROR: <input>:1:5: found no match',
      "/v1, Kind=Config: ERROR: <input>:1:13: undefined field 'spec",
    ])
  })

  it('see parameters and variables by their types', () => {
    const paramKind = { apiVersion: 'v1', kind: 'Config' }
    const variables = [
      { name: 'n', expression: 'object.spec.replicas' },
      { name: 'wrong', expression: 'object.nope' },
    ]
    const texts = ['variables.n > params.most', "variables.n == 'x'", 'variables.wrong == 1', 'params.least > 1']
    expect(check(policy(texts, { paramKind, variables }), config).map(({ fieldRef }) => fieldRef)).toEqual([
      'spec.validations[1].expression',
      'spec.validations[3].expression',
    ])
    // nothing is known of them
    expect(check(policy(['params.least > 1'], { paramKind }))).toEqual([])
  })
})

describe('schemas', () => {
  it('that refer to themselves end', () => {
    expect(check(policy(["object.spec.parts.all(p, p.name == 'a')", 'has(object.spec.parts[0].parent)']))).toEqual([])
    expect(check(policy(['object.spec.parts[0].parent.name == "a"']))).toHaveLength(1)
  })

  it('that refer to nothing are none', () => {
    expect(populateRefs(schemas, 'Lost')).toBeUndefined()
    expect(populateRefs(schemas, 'Never')).toBeUndefined()
  })
})

describe('the types of a policy', () => {
  const kindFor = (group: string, version: string, resource: string) =>
    resource === 'never' ? undefined : `${group}${version}${resource}`
  const kindsOf = (...rules: object[]) => {
    const subject = { spec: { matchConstraints: { resourceRules: rules } } } as ValidatingAdmissionPolicy
    const { kinds, unknown } = typesToCheck(subject, kindFor)
    return [kinds.map(({ group, version, kind }) => `${group}/${version} ${kind}`), unknown]
  }
  const rule = (apiGroups: string[], apiVersions: string[], resources: string[]) => ({
    apiGroups,
    apiVersions,
    resources,
  })

  it.each([
    [
      'are those of its rules, once and sorted',
      [rule(['b', ''], ['v1'], ['x']), rule(['b'], ['v1'], ['x'])],
      ['/v1 v1x', 'b/v1 bv1x'],
      false,
    ],
    [
      'are none of a rule for all groups or versions',
      [rule(['*'], ['v1'], ['x']), rule([''], ['*'], ['x'])],
      [],
      false,
    ],
    ['are no subresources', [rule([''], ['v1'], ['*', 'x/status', 'y'])], ['/v1 v1y'], false],
    ['may be unknown', [rule([''], ['v1'], ['never', 'y'])], ['/v1 v1y'], true],
  ])('%s', (_what, rules, kinds, unknown) => {
    expect(kindsOf(...rules)).toEqual([kinds, unknown])
  })

  it('are ten at most', () => {
    const resources = Array.from({ length: 20 }, (_, i) => `r${i}`)
    expect(kindsOf(rule([''], ['v1'], resources))[0]).toHaveLength(10)
  })
})
