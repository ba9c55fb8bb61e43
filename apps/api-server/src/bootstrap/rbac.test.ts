import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@kubets/storage'
import { expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
const merge = { 'content-type': 'application/merge-patch+json' }
const patch = async (api: TestApiServer, path: string, body: object) => {
  const reply = await api.h2.request('PATCH', path, { body, headers: merge })
  expect(reply.status).toBe(200)
}

it('at the next start what is missing is added, and what is protected stays', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-rbac-'))
  try {
    await using store = await (async () => {
      const opened = await openEmbeddedStore({ directory })
      return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() })
    })()
    {
      await using first = await testApiServer({ store, authorization: ['RBAC'] })
      await patch(first, `${roles}/system:kube-dns`, { rules: [] })
      await patch(first, `${roles}/system:monitoring`, {
        rules: [],
        metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
      })
      await patch(first, `${bindings}/system:discovery`, { subjects: [{ kind: 'User', name: 'ann' }] })
      await first.h2.request('DELETE', `${bindings}/cluster-admin`)
      const other = { kind: 'ClusterRole', apiGroup: 'rbac.authorization.k8s.io', name: 'view' }
      await first.h2.request('DELETE', `${bindings}/system:basic-user`)
      const made = await first.h2.request('POST', bindings, {
        body: { metadata: { name: 'system:basic-user' }, roleRef: other },
      })
      expect(made.status).toBe(201)
    }
    await using second = await testApiServer({ store, authorization: ['RBAC'] })
    const get = async (path: string) => (await second.h2.request('GET', path)).json
    expect((await get(`${roles}/system:kube-dns`)).rules).toEqual([
      { verbs: ['list'], apiGroups: [''], resources: ['endpoints'] },
      { verbs: ['watch'], apiGroups: [''], resources: ['endpoints'] },
      { verbs: ['list'], apiGroups: [''], resources: ['services'] },
      { verbs: ['watch'], apiGroups: [''], resources: ['services'] },
    ])
    expect((await get(`${roles}/system:monitoring`)).rules ?? []).toEqual([])
    const subjects = (await get(`${bindings}/system:discovery`)).subjects as { name: string }[]
    expect(subjects.map(({ name }) => name)).toEqual(['ann', 'system:authenticated'])
    expect((await get(`${bindings}/cluster-admin`)).roleRef.name).toBe('cluster-admin')
    expect((await get(`${bindings}/system:basic-user`)).roleRef.name).toBe('system:basic-user')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

it('without RBAC there are none', async () => {
  await using api = await testApiServer()
  expect((await api.h2.request('GET', roles)).json.items).toEqual([])
  expect((await api.h2.request('GET', '/readyz/poststarthook/rbac/bootstrap-roles')).status).toBe(404)
})
