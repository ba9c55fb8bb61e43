import { describe, expect, it } from 'vitest'
import { builtinSchemas } from '../../../schema/schema.ts'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

const group = 'rbac.authorization.k8s.io'

describe.each([
  ['RoleBinding', 'Role'],
  ['ClusterRoleBinding', 'ClusterRole'],
])('a %s', (name, role) => {
  const kind = entryUnderTest(group, 'v1', name)
  const binding = (to: string) => ({ roleRef: { kind: role, name: to } })
  it('gives one role for ever', () => {
    expect(kind.updateErrors(binding('x'), { ...binding('x'), subjects: [{ kind: 'User', name: 'u' }] })).toEqual([])
    expect(kind.updateErrors(binding('x'), binding('y'))).toEqual([
      `roleRef: Invalid value: {"APIGroup":"${group}","Kind":"${role}","Name":"y"}: cannot change roleRef`,
    ])
  })
  it('knows the group of users and groups', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 's' },
    ]
    expect(kind.made({ ...binding('x'), subjects })).toMatchObject({
      roleRef: { apiGroup: group },
      subjects: [{ apiGroup: group }, { apiGroup: group }, { kind: 'ServiceAccount', name: 's' }],
    })
  })
  it('is printed with its subjects', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'User', name: 'v' },
      { kind: 'ServiceAccount', namespace: 'n', name: 's' },
    ]
    expect(kind.cells({ ...binding('x'), subjects })).toEqual(['a', `${role}/x`, '10m', 'u, v', '', 'n/s'])
  })
  it('is made by a PUT of a new name', () => {
    expect(kind.entry.strategy.allowCreateOnUpdate).toBe(true)
  })
})

describe('a ClusterRole', () => {
  const kind = entryUnderTest(group, 'v1', 'ClusterRole')
  const selecting = (value: string) => ({
    aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In', values: [value] }] }] },
  })
  it('may keep values in selectors that are no label values', () => {
    expect(kind.errors(selecting('a b'))).toHaveLength(2)
    expect(kind.updateErrors(selecting('a b'), selecting('a b'))).toEqual([
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.',
    ])
  })
  it('without rules reads null, and shows when it was made', () => {
    const empty = JSON.parse(builtinSchemas.get(kind.entry.schema).encode(kind.made({ rules: [] })))
    expect(empty).toMatchObject({ rules: null })
    expect(kind.cells({})).toEqual(['a', '2024-01-01T00:00:00Z'])
    expect(kind.entry.columns[1]).toMatchObject({ name: 'Created At', type: 'date' })
  })
})
