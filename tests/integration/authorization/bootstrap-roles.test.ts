import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ControlPlane, startControlPlane } from '../control-plane.ts'
import { authenticated, type Row } from './matrix.ts'
import { allowedOf, expectedOf } from './may-do.ts'

/**
 * Beside what everybody may: what kube-apiserver 1.36.1 let the holder of each bootstrap role do, cell by cell of the matrix. Roles of one namespace
 * are held there. `admin`, `edit` and `view` have what a controller gathers for them: they are rows of the matrix itself.
 */
const recorded: Record<string, Row> = JSON.parse(
  await readFile(join(import.meta.dirname, 'testdata/bootstrap-roles.json'), 'utf8'),
)
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const held = Object.entries(recorded).map(([key, row], i) => {
  const [name = '', namespace = ''] = key.split('/').reverse()
  return { key, name, namespace, row, user: `holder-${i}` }
})

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
  for (const name of ['team', 'other']) await plane.client.raw('POST', '/api/v1/namespaces', { metadata: { name } })
  await Promise.all(
    held.map(async ({ name, namespace, user }) => {
      const path = namespace === '' ? `${rbac}/clusterrolebindings` : `${rbac}/namespaces/${namespace}/rolebindings`
      const kind = namespace === '' ? 'ClusterRole' : 'Role'
      const { status, body } = await plane.client.raw('POST', path, {
        metadata: { name: user },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
      })
      expect(status, body.toString()).toBe(201)
    }),
  )
})
afterAll(() => plane?.[Symbol.asyncDispose]())

test('every role that there is from the start is recorded', async () => {
  const names = async (path: string) => {
    const { items } = JSON.parse((await plane.client.raw('GET', path)).body.toString()) as {
      items: { metadata: { name: string; namespace?: string } }[]
    }
    return items.map(({ metadata: { name, namespace } }) => (namespace === undefined ? name : `${namespace}/${name}`))
  }
  const all = [...(await names(`${rbac}/clusterroles`)), ...(await names(`${rbac}/roles`))]
  expect(all.filter(name => !['admin', 'edit', 'view'].includes(name)).sort()).toEqual(Object.keys(recorded).sort())
})

test.each(held.map(one => [one.key, one] as const))(
  '%s allows what it allows upstream',
  async (_key, { user, row }) => {
    await using client = createClient(await plane.configOf(user))
    expect(await allowedOf(client)).toEqual(expectedOf({ ...authenticated, ...row }))
  },
)
