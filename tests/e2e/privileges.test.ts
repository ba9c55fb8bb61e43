import { createHash, X509Certificate } from 'node:crypto'
import { chown, lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { eventually, execute, type TestCluster, upCluster } from './cluster-harness.ts'

// The folder of such a cluster lies in one that only root may enter, as do the sources on many machines.
const users = { 'api-server': 65_521, scheduler: 65_522, 'controller-manager': 65_523 }
const owners = {
  '.': [0],
  kubeconfig: [0],
  'controller-manager.conf': [65_523, 0o600],
  'scheduler.conf': [65_522, 0o600],
  pki: [0, 0o750],
  'pki/admin.key': [0, 0o600],
  'pki/apiserver.key': [65_521, 0o600],
  'pki/apiserver-kubelet-client.key': [65_521, 0o600],
  'pki/ca.key': [65_523, 0o600],
  'pki/sa.key': [65_521, 0o600],
}
const ownersWithStore = { ...owners, store: [65_521, 0o700], 'store/data.mdb': [65_521, 0o600] }
const ownersWithEtcd = {
  ...owners,
  etcd: [65_524, 0o700],
  'pki/etcd': [0, 0o750],
  'pki/etcd/server.key': [65_524, 0o600],
  'pki/etcd/ca.key': [0, 0o600],
  'pki/apiserver-etcd-client.key': [65_521, 0o600],
}

async function expectOwners(cluster: TestCluster, wanted: Readonly<Record<string, number[]>>): Promise<void> {
  const found = Object.entries(wanted).map(async ([name, [, mode]]) => {
    const { uid, mode: bits } = await lstat(join(cluster.directory, name))
    return [name, [uid, ...(mode === undefined ? [] : [bits & 0o777])]] as const
  })
  expect(Object.fromEntries(await Promise.all(found))).toEqual(wanted)
}

/** Every id of the process (real, effective, saved, of files) and every set of capabilities that it could use or gain. */
async function rightsOf(pid: number | undefined): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const value = (name: string) =>
    (new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1] ?? '').replaceAll('\t', ' ').trim()
  return ['Uid', 'Gid', 'Groups', 'CapEff', 'CapPrm', 'CapBnd', 'CapAmb', 'NoNewPrivs'].map(value).join('; ')
}
const none = '0'.repeat(16)
const rightsOfNobody = (uid: number) =>
  `${Array(4).fill(uid).join(' ')}; ${Array(4).fill(65_520).join(' ')}; ; ${[none, none, none, none].join('; ')}; 1`

async function expectUsers(cluster: TestCluster, wanted: Readonly<Record<string, number>>): Promise<void> {
  const processes = await cluster.processes()
  for (const [name, uid] of Object.entries(wanted))
    expect([name, await rightsOf(processes[name]?.pid)]).toEqual([name, rightsOfNobody(uid)])
}

const rootsOwn = async (cluster: TestCluster) => {
  const all = await execute(['chown', '-R', 'root:root', cluster.directory])
  expect(all.code, all.stderr).toBe(0)
}

/** Of the certificate that is served. */
async function served(cluster: TestCluster): Promise<string> {
  const { port } = JSON.parse(await readFile(join(cluster.directory, 'cluster.json'), 'utf8'))
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex'))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('root runs the control plane as users of their own, who have their own files: also after down, a restart, renewed and restored files', async () => {
  await using cluster = await upCluster({ flags: ['--nodes', '0'] })
  expect(cluster.output).not.toContain('runs as root')
  await expectUsers(cluster, users)
  await expectOwners(cluster, ownersWithStore)
  await cluster.kubectl('create', 'configmap', 'kept', '--from-literal=key=before')
  const snapshot = join(cluster.directory, '..', 'saved')
  expect((await cluster.kubets('snapshot', 'save', snapshot)).code).toBe(0)
  await expectOwners(cluster, ownersWithStore)

  // one that ends is started again as who it was, with the same view
  const { 'api-server': before } = await cluster.processes()
  process.kill(before?.pid ?? 0, 'SIGKILL')
  await eventually('another api-server', async () => {
    const { 'api-server': now } = await cluster.processes()
    return now?.pid !== before?.pid && (await cluster.tryKubectl(['get', 'configmap', 'kept'])).code === 0
      ? true
      : undefined
  })
  await expectUsers(cluster, users)

  // what root renews, they read
  const certificate = await served(cluster)
  expect(await cluster.kubets('pki', 'renew', 'all')).toMatchObject({ code: 0, stderr: '' })
  const file = new X509Certificate(await readFile(join(cluster.directory, 'pki', 'apiserver.crt')))
  const renewed = createHash('sha256').update(file.raw).digest('hex')
  expect(renewed).not.toBe(certificate)
  await eventually('the renewed certificate', async () => ((await served(cluster)) === renewed ? true : undefined))
  await expectOwners(cluster, ownersWithStore)

  // a restored store and a cluster of an earlier version are all root's
  expect((await cluster.kubets('down')).code).toBe(0)
  expect((await cluster.kubets('snapshot', 'restore', snapshot, '--overwrite')).code).toBe(0)
  await rootsOwn(cluster)
  expect(await cluster.kubets('up', '--detach')).toMatchObject({ code: 0, stderr: '' })
  await expectUsers(cluster, users)
  await expectOwners(cluster, ownersWithStore)
  expect(await cluster.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}')).toBe('before')

  // where it cannot be it is said, and the cluster is up all the same
  expect((await cluster.kubets('down')).code).toBe(0)
  const data = join(cluster.directory, 'store', 'data.mdb')
  await chown(data, 1_000, 1_000)
  const asRoot = await cluster.kubets('up', '--detach')
  expect(asRoot.code, asRoot.stderr).toBe(0)
  expect(asRoot.stdout).toContain(`! the control plane runs as root: ${data} belongs to user 1000`)
  expect(await cluster.kubectl('get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept\n')
}, 120_000)

test('an etcd of the cluster is a user of its own too, with its own keys', async () => {
  await using cluster = await upCluster({ flags: ['--nodes', '0', '--storage', 'etcd'] })
  await cluster.kubectl('create', 'configmap', 'kept')
  for (const round of ['new', "an earlier version's"]) {
    await expectUsers(cluster, { ...users, etcd: 65_524 })
    await expectOwners(cluster, ownersWithEtcd)
    expect(await cluster.kubectl('get', 'configmap', 'kept', '-o', 'name'), round).toBe('configmap/kept\n')
    if (round !== 'new') break
    expect((await cluster.kubets('down')).code).toBe(0)
    await rootsOwn(cluster)
    expect(await cluster.kubets('up', '--detach')).toMatchObject({ code: 0, stderr: '' })
  }
}, 120_000)
