import { createHash } from 'node:crypto'
import type { ClusterRole, ClusterRoleBinding, KubeObject } from '@kubets/api-types'
import { expect, it } from 'vitest'
import { type BootstrapPolicy, bootstrapPolicy } from './objects.ts'
import { bindsAnother, isProtected, reconciledBinding, reconciledRole } from './reconcile.ts'

/** Of what kube-apiserver 1.36.1 makes: sorted by namespace and name, members sorted. */
const upstream: Readonly<Record<keyof BootstrapPolicy, string>> = {
  clusterRoles: '5f094cd0cb900806e71788a50f99a11accc7a96ea11044f0d8a06ca9d58c55b1',
  clusterRoleBindings: '93f283e51de139e78469ee7dd806e9542a7898a0a1671dc105e818a5079c2ee1',
  roles: '2d43fa92271845a31f2e7fb14c15e3933c048b8f417dc64c68717f20f39cb990',
  roleBindings: '3b5c44564b04f254a1d335b5e2160574e7fee842c03d594361a2a5b666ceae02',
}

it.each(Object.keys(upstream) as (keyof BootstrapPolicy)[])('%s are exactly upstream’s', kind => {
  const place = ({ metadata }: KubeObject) => `${metadata?.namespace ?? ''}/${metadata?.name}`
  const objects = [...bootstrapPolicy()[kind]].sort((a, b) => (place(a) < place(b) ? -1 : 1))
  expect(
    createHash('sha256')
      .update(JSON.stringify(sorted(objects)))
      .digest('hex'),
  ).toBe(upstream[kind])
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}

const role = (more: Partial<ClusterRole>): ClusterRole => ({ metadata: { name: 'r' }, rules: [], ...more })
const get = (...resources: string[]) => ({ verbs: ['get'], apiGroups: [''], resources })

it('a role gets the rules that it does not cover, and keeps what somebody added', () => {
  const present = role({ rules: [get('pods', 'nodes')] })
  expect(reconciledRole(present, role({ rules: [get('pods')] }))).toBeUndefined()
  expect(reconciledRole(present, role({ rules: [get('pods', 'secrets')] }))?.rules).toEqual([
    get('pods', 'nodes'),
    get('secrets'),
  ])
})

it('labels and annotations that are missing are added; those that are there win', () => {
  const present = role({ metadata: { name: 'r', labels: { a: 'mine' } } })
  const wanted = role({ metadata: { name: 'r', labels: { a: 'yours', b: 'c' }, annotations: { d: 'e' } } })
  expect(reconciledRole(present, wanted)?.metadata).toEqual({
    name: 'r',
    labels: { a: 'mine', b: 'c' },
    annotations: { d: 'e' },
  })
})

it('selectors of an aggregation are added, and an aggregation that should not be there goes', () => {
  const selecting = (...labels: string[]) => ({
    clusterRoleSelectors: labels.map(label => ({ matchLabels: { [label]: 'true' } })),
  })
  const gathered = role({ aggregationRule: selecting('a') })
  expect(reconciledRole(gathered, role({ aggregationRule: selecting('a', 'b') }))?.aggregationRule).toEqual(
    selecting('a', 'b'),
  )
  expect(reconciledRole(gathered, role({ aggregationRule: selecting('a') }))).toBeUndefined()
  expect(reconciledRole(gathered, role({}))).toEqual(role({}))
})

it('a binding gets the subjects that it lacks; one of another role has to be made anew', () => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' }
  const binding = (...names: string[]): ClusterRoleBinding => ({
    metadata: { name: 'b' },
    roleRef,
    subjects: names.map(name => ({ kind: 'User', name })),
  })
  expect(reconciledBinding(binding('a', 'b'), binding('b'))).toBeUndefined()
  expect(reconciledBinding(binding('a'), binding('b'))?.subjects?.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(bindsAnother(binding(), { ...binding(), roleRef: { ...roleRef, name: 'other' } })).toBe(true)
})

it('what says so is left alone', () => {
  const said = (value: string) => ({
    metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': value } },
  })
  expect([isProtected(said('false')), isProtected(said('true')), isProtected({})]).toEqual([true, false, false])
})
