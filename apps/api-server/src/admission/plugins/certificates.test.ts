import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

/** For system:node:n of system:nodes. */
const nodeRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHqMIGRAgEAMC8xFTATBgNVBAoMDHN5c3RlbTpub2RlczEWMBQGA1UEAwwNc3lz
dGVtOm5vZGU6bjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAS8YZW5iLJMH0tz
vLgqH+IxRVQBKqb5WAvCNkFuD9m/hY41ldaPFoCO+jIYNP9cpcWaO+BUV8AYu0cZ
GkuWgUCgADAKBggqhkjOPQQDAgNIADBFAiB1mTYmIv9/iqO62WKWt13BdkpvcVjG
K8n+5W3zSDMpHQIhAJOk4CR79Qkzpy6CVwxWF1LohrqIG3T+SihxnDH3UkVA
-----END CERTIFICATE REQUEST-----
`

/** For eve of system:masters. */
const mastersRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHjMIGJAgEAMCcxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQwwCgYDVQQDDANl
dmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS0s+TKCzKdalHkEwfSGgt3KwT7
+rv4Uc2Ra2O08sPbbKzDSwbatHThDAoDbGKP4WZ9zijj6RnFPnnjyT6W67Y+oAAw
CgYIKoZIzj0EAwIDSQAwRgIhAOMw+vOf3EH0OXSHLyLV2cXabB0/gIeSDCmsM93i
VKOSAiEAjLewgX8sZo5BgVl6zzKmMvHme1DreIarucpeiDgPUp8=
-----END CERTIFICATE REQUEST-----
`

const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const merge = { 'content-type': 'application/merge-patch+json' }

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({
    authorization: ['RBAC'],
    admissionPlugins: {
      enable: ['OwnerReferencesPermissionEnforcement', 'NodeRestriction'],
      disable: ['ServiceAccount'],
    },
  })
  // carol may write everything of certificates, but act for one domain's signers only
  await grant('carol', [
    {
      apiGroups: ['certificates.k8s.io'],
      resources: [
        'certificatesigningrequests',
        'certificatesigningrequests/approval',
        'certificatesigningrequests/status',
      ],
      verbs: ['*'],
    },
    {
      apiGroups: ['certificates.k8s.io'],
      resources: ['signers'],
      resourceNames: ['example.com/*'],
      verbs: ['approve', 'sign'],
    },
  ])
  await grant('dave', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update', 'patch', 'get'] }])
})
afterAll(() => api?.[Symbol.asyncDispose]())

async function grant(user: string, rules: object[]) {
  await api.h2.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    body: { metadata: { name: user }, rules },
  })
  const made = await api.h2.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    body: {
      metadata: { name: user },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
  })
  expect(made.status).toBe(201)
}
const as = (user: string) => ({ 'impersonate-user': user })
const ask = (name: string, signerName: string, request = nodeRequest, headers = {}) =>
  api.h2.request('POST', requests, {
    body: {
      metadata: { name },
      spec: {
        request: Buffer.from(request).toString('base64'),
        signerName,
        usages: ['client auth', 'digital signature'],
      },
    },
    headers,
  })
const write = (path: string, body: object, user: string) =>
  api.h2.request('PATCH', path, { body, headers: { ...merge, ...as(user) } })

it('only who may act for a signer approves and signs', async () => {
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test' }]
  for (const [name, signer] of [
    ['theirs', 'example.com/web'],
    ['others', 'example.org/web'],
  ] as const) {
    expect((await ask(name, signer)).status).toBe(201)
  }
  const approve = (name: string) => write(`${requests}/${name}/approval`, { status: { conditions } }, 'carol')
  const fail = (name: string, approved: object[]) =>
    write(
      `${requests}/${name}/status`,
      { status: { conditions: [...approved, { type: 'Failed', status: 'True' }] } },
      'carol',
    )
  expect((await approve('theirs')).status).toBe(200)
  expect((await approve('others')).json.message).toBe(
    'certificatesigningrequests.certificates.k8s.io "others" is forbidden: user not permitted to approve requests with signerName "example.org/web"',
  )
  expect((await fail('theirs', conditions)).status).toBe(200)
  expect((await fail('others', [])).json.message).toBe(
    'certificatesigningrequests.certificates.k8s.io "others" is forbidden: user not permitted to sign requests with signerName "example.org/web"',
  )
})

it('nobody asks for a certificate of system:masters', async () => {
  const { status, json } = await ask('eve', 'kubernetes.io/kube-apiserver-client', mastersRequest)
  expect([status, json.message]).toEqual([
    403,
    'certificatesigningrequests.certificates.k8s.io "eve" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  ])
})

it('a node asks for its own certificate only', async () => {
  const node = (name: string) => ({
    'impersonate-user': `system:node:${name}`,
    'impersonate-group': ['system:nodes', 'system:masters'],
  })
  const signer = 'kubernetes.io/kube-apiserver-client-kubelet'
  expect((await ask('own', signer, nodeRequest, node('n'))).status).toBe(201)
  expect((await ask('another', signer, nodeRequest, node('m'))).json.message).toBe(
    'certificatesigningrequests.certificates.k8s.io "another" is forbidden: can only create a node CSR with CN=system:node:m',
  )
})

it('an owner is given by who could delete the object himself', async () => {
  const path = '/api/v1/namespaces/default/configmaps'
  const owner = { apiVersion: 'v1', kind: 'Secret', name: 's', uid: 'u' }
  const create = (name: string, ownerReferences: object[]) =>
    api.h2.request('POST', path, { body: { metadata: { name, ownerReferences } }, headers: as('dave') })
  expect((await create('owned', [owner])).status).toBe(201)
  expect((await create('blocking', [{ ...owner, blockOwnerDeletion: true }])).json.message).toBe(
    `configmaps "blocking" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>`,
  )
  expect((await create('unknown', [{ ...owner, kind: 'Nothing', blockOwnerDeletion: true }])).json.message).toBe(
    'configmaps "unknown" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion v1 Kind Nothing: no matches for kind "Nothing" in version "v1"',
  )
  expect((await create('free', [])).status).toBe(201)
  const { json } = await write(`${path}/free`, { metadata: { ownerReferences: [owner] } }, 'dave')
  expect(json.message).toBe(
    `configmaps "free" is forbidden: cannot set an ownerRef on a resource you can't delete: , <nil>`,
  )
})
