import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { CertificateSigningRequest, Node, Secret } from '@kubets/api-types'
import { type Client, createClient, loadKubeconfig, resources } from '@kubets/client'
import { kubeconfig } from '@kubets/pki'
import { freePorts } from '@kubets/storage/etcd-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pki, startService } from './services.ts'

/** A node that has nothing but a bootstrap token; its certificates live for seconds. */
let folder: string
let client: Client
let kubeletPort: number
const undo = new AsyncDisposableStack()
const clusterRoleBindings = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
}
const file = (name: string) => join(folder, 'pki', name)
const node = (name: string) => join(folder, 'node', name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-bootstrap-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await pki(folder, 'init')
  const ports = await freePorts(2)
  const port = ports[0] as number
  kubeletPort = ports[1] as number
  await startServices(port)
}, 120_000)
afterAll(() => undo.disposeAsync())

async function startServices(port: number) {
  const server = `https://127.0.0.1:${port}`
  const files = ['super-admin.conf', 'controller-manager.conf']
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8')
    await writeFile(join(folder, name), text.replace(/server: .*/, `server: ${server}`))
  }
  await startService(undo, 'api-server', [
    ...['--bind-address=127.0.0.1', `--secure-port=${port}`, '--authorization-mode=Node,RBAC'],
    ...['--enable-admission-plugins=NodeRestriction', '--enable-bootstrap-token-auth'],
    ...[`--tls-cert-file=${file('apiserver.crt')}`, `--tls-private-key-file=${file('apiserver.key')}`],
    ...[`--client-ca-file=${file('ca.crt')}`, `--data-dir=${join(folder, 'store')}`],
    ...[`--service-account-signing-key-file=${file('sa.key')}`, '--service-cluster-ip-range=10.96.0.0/16'],
  ])
  client = undo.use(createClient(await loadKubeconfig({ file: join(folder, 'super-admin.conf') })))
  await startService(undo, 'controller-manager', [
    `--kubeconfig=${join(folder, 'controller-manager.conf')}`,
    ...[`--cluster-signing-cert-file=${file('ca.crt')}`, `--cluster-signing-key-file=${file('ca.key')}`],
    ...['--cluster-signing-duration=15s', '--leader-elect=false', '--secure-port=0'],
    ...['--controllers=csrapproving,csrsigning', '--use-service-account-credentials=true'],
  ])
  await allowBootstrap()
  const ca = await readFile(file('ca.crt'), 'utf8')
  const bootstrap = kubeconfig({ server, ca, user: { name: 'bootstrap', token: 'abcdef.0123456789abcdef' } })
  await writeFile(join(folder, 'bootstrap.conf'), bootstrap, { mode: 0o600 })
  const runtime = join(folder, 'cri.sock')
  await startService(undo, 'container-runtime-shim', [
    ...['--runtime=fake', `--listen=${runtime}`, `--root=${join(folder, 'runtime')}`, '--fake-pod-cidr=10.244.9.0/24'],
  ])
  await startService(undo, 'kubelet-agent', [
    ...[`--bootstrap-kubeconfig=${join(folder, 'bootstrap.conf')}`, `--kubeconfig=${node('kubelet.conf')}`],
    ...[`--cert-dir=${node('pki')}`, '--rotate-certificates', '--rotate-server-certificates'],
    ...[`--client-ca-file=${file('ca.crt')}`, `--container-runtime-endpoint=unix://${runtime}`],
    ...['--hostname-override=worker-1', '--node-ip=127.0.0.1', '--address=127.0.0.1', `--port=${kubeletPort}`],
    ...['--healthz-port=0', `--root-dir=${node('kubelet')}`, `--pod-logs-dir=${node('pods')}`],
  ])
}

/** What docs/pki.md tells people to do: kubeadm's three bindings, and a token. */
async function allowBootstrap(): Promise<void> {
  const certificates = 'system:certificates.k8s.io:certificatesigningrequests'
  const bindings = [
    ['kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', 'system:bootstrappers'],
    ['kubeadm:node-autoapprove-bootstrap', `${certificates}:nodeclient`, 'system:bootstrappers'],
    ['kubeadm:node-autoapprove-certificate-rotation', `${certificates}:selfnodeclient`, 'system:nodes'],
  ]
  for (const [name = '', role, group] of bindings)
    await client.create(clusterRoleBindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
    } as never)
  await client.create(clusterRoleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'kubeadm:cluster-admins' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kubeadm:cluster-admins' }],
  } as never)
  await client.create<Secret>(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' },
  })
}

const requests = async (signer: string) =>
  (await client.list<CertificateSigningRequest>(resources.certificateSigningRequests)).items.filter(
    ({ spec }) => spec.signerName === `kubernetes.io/${signer}`,
  )
const current = async (name: string) => new X509Certificate(await readFile(node(`pki/${name}-current.pem`)))
const approval = ({ status }: CertificateSigningRequest) => status?.conditions?.map(({ message }) => message)

test('a node with a bootstrap token gets its certificate, registers, and renews it by itself', async () => {
  await expect
    .poll(async () => (await client.list<Node>(resources.nodes)).items.map(({ metadata }) => metadata?.name))
    .toEqual(['worker-1'])
  const first = (await requests('kube-apiserver-client-kubelet')).find(
    ({ spec }) => spec.username === 'system:bootstrap:abcdef',
  )
  expect(first?.metadata?.name).toMatch(/^node-csr-/)
  expect(approval(first as CertificateSigningRequest)).toEqual([
    'Auto approving kubelet client certificate after SubjectAccessReview.',
  ])
  expect((await stat(node('kubelet.conf'))).mode & 0o777).toBe(0o600)
  const config = await readFile(node('kubelet.conf'), 'utf8')
  expect(config).toContain(`client-certificate: ${node('pki/kubelet-client-current.pem')}`)
  expect(config).not.toContain('token')
  expect(await readlink(node('pki/kubelet-client-current.pem'))).toMatch(/kubelet-client-\d{4}(-\d\d){5}\.pem$/)

  const before = await current('kubelet-client')
  expect(before.subject).toBe('O=system:nodes\nCN=system:node:worker-1')
  await expect.poll(async () => (await current('kubelet-client')).fingerprint256).not.toBe(before.fingerprint256)
  const rotation = (await requests('kube-apiserver-client-kubelet')).find(
    ({ spec }) => spec.username === 'system:node:worker-1',
  )
  expect(approval(rotation as CertificateSigningRequest)).toEqual([
    'Auto approving self kubelet client certificate after SubjectAccessReview.',
  ])
  // the first one has ended by then, and the node still says that it lives
  const end = Math.max(before.validToDate.getTime(), Date.now())
  await expect
    .poll(
      async () => {
        const lease = await client.raw('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/worker-1')
        return Date.parse(JSON.parse(lease.body.toString()).spec.renewTime) > end
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(true)
}, 90_000)

test('its serving certificate is given by whoever approves it; until then nobody can connect', async () => {
  await expect.poll(async () => (await requests('kubelet-serving')).length).toBeGreaterThan(0)
  const [pending] = await requests('kubelet-serving')
  expect(pending?.spec.username).toBe('system:node:worker-1')
  expect(pending?.status?.conditions).toBeUndefined()
  await expect(servedBy()).rejects.toThrow(/handshake failure|ECONNRESET|disconnected/)
  await client.update<CertificateSigningRequest>(
    resources.certificateSigningRequests,
    {
      ...(pending as CertificateSigningRequest),
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test', message: 'ours' }] },
    },
    { subresource: 'approval' },
  )
  await expect.poll(() => servedBy().catch(String)).toBe('O=system:nodes\nCN=system:node:worker-1')
  const metrics = await kubeletMetrics()
  expect(metrics).toMatch(/^kubelet_certificate_manager_client_ttl_seconds \d+$/m)
  expect(metrics).toMatch(/^kubelet_certificate_manager_server_ttl_seconds -?\d+$/m)
  expect(metrics).toMatch(/^kubelet_certificate_manager_client_expiration_renew_errors 0$/m)
  expect(metrics).toMatch(/^kubelet_server_expiration_renew_errors \d+$/m)
  expect(metrics).toMatch(/^kubelet_certificate_manager_server_rotation_seconds_count \d+$/m)
}, 60_000)

/** The subject of what the kubelet serves, verified with the cluster's authority. */
async function servedBy(): Promise<string> {
  const ca = await readFile(file('ca.crt'))
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: kubeletPort, ca }, () => {
      resolve(socket.getPeerX509Certificate()?.subject ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

async function kubeletMetrics(): Promise<string> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'apiserver-kubelet-client.crt', 'apiserver-kubelet-client.key'].map(name => readFile(file(name))),
  )
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port: kubeletPort, path: '/metrics', ca, cert, key, agent: false },
      async answer => {
        let text = ''
        for await (const chunk of answer) text += chunk
        resolve(text)
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}
