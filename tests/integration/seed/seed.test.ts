import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { createCertificateAuthority, issueCertificate, type KeyPair, kubeconfig } from '@kubets/pki'
import { openEtcdStore } from '@kubets/storage'
import { type EtcdCluster, startEtcdCluster } from '@kubets/storage/etcd-cluster'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { findKubectl } from '../../../apps/kubets/src/cluster/kubectl-binary.ts'

/** Unit files and a manifest as clusters of Kubernetes 1.13 have them: what they say is filled in with files and addresses of this test, and kept else. */
const text = (name: string) => readFile(new URL(`./${name}`, import.meta.url), 'utf8')
const main = new URL('../../../apps/api-server/src/main.ts', import.meta.url).pathname

const processes = new Set<ChildProcess>()
let directory: string
let etcd: EtcdCluster
let admin: KeyPair
let kubectl: string
const undo = new AsyncDisposableStack()

beforeAll(async () => {
  kubectl = (await findKubectl()) ?? 'kubectl'
  directory = await mkdtemp(join(tmpdir(), 'kubets-seed-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  etcd = undo.use(await startEtcdCluster())
  const { authority } = etcd
  const proxies = await createCertificateAuthority('front-proxy-ca')
  const client = (commonName: string, of: KeyPair = authority) =>
    issueCertificate(of, { commonName, organizations: ['system:masters'], usages: ['client'] })
  const [own, account, kubelet, proxy] = await Promise.all([
    client('kubernetes'),
    client('service-accounts'),
    client('kube-apiserver-kubelet-client'),
    client('front-proxy-client', proxies),
  ])
  admin = await client('kubernetes-admin')
  const files = {
    'ca.pem': authority.cert,
    'ca.crt': authority.cert,
    'kubernetes.pem': own.cert,
    'kubernetes-key.pem': own.key,
    // a certificate, as 'Kubernetes the hard way' has it
    'service-account.pem': account.cert,
    'apiserver-etcd-client.crt': own.cert,
    'apiserver-etcd-client.key': own.key,
    'apiserver-kubelet-client.crt': kubelet.cert,
    'apiserver-kubelet-client.key': kubelet.key,
    'front-proxy-ca.crt': proxies.cert,
    'front-proxy-client.crt': proxy.cert,
    'front-proxy-client.key': proxy.key,
    'encryption-config.yaml': `kind: EncryptionConfig
apiVersion: v1
resources:
  - resources: [secrets]
    providers:
      - aescbc: { keys: [{ name: key1, secret: ${Buffer.alloc(32, 7).toString('base64')} }] }
      - identity: {}
`,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content, { mode: 0o600 })
})
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL')
  await undo.disposeAsync()
})

/** Only paths, addresses and shell variables. */
const filledIn = (flag: string) =>
  flag
    .replace(/^(--etcd-servers)=.*/, `$1=${etcd.endpoints.join(',')}`)
    .replaceAll(/\$\{INTERNAL_IP\}|172\.17\.0\.32|0\.0\.0\.0/g, '127.0.0.1')
    .replace(/=(\/[^,]+)$/, (_, path: string) => `=${join(directory, basename(path))}`)

/** The arguments of a unit's ExecStart. */
const ofUnit = (unit: string) =>
  unit
    .slice(unit.indexOf('ExecStart='))
    .split('\n')
    .map(line => line.replace(/\\+$/, '').trim())
    .filter(line => line.startsWith('--'))

const ofManifest = (manifest: string) =>
  (parse(manifest) as { spec: { containers: { command: string[] }[] } }).spec.containers[0]?.command.slice(1) ?? []

/** Beside what is written: a port and a directory that this machine, shared with other tests, can give. */
async function start(args: readonly string[], name: string) {
  const certificates = join(directory, name)
  const child = spawn(process.execPath, [main, ...args, '--secure-port=0', `--cert-dir=${certificates}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  processes.add(child)
  child.once('exit', () => processes.delete(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)))
  const ended = once(child, 'close').then(() => {
    throw new Error(`it ended: ${output}`)
  })
  ended.catch(() => undefined)
  await Promise.race([expect.poll(() => output).toContain('Serving securely'), ended])
  const port = Number(/"port":(\d+)/.exec(output)?.[1])
  const ca = await readFile(join(certificates, 'apiserver.crt'), 'utf8')
  const server = `https://127.0.0.1:${port}`
  const path = join(certificates, 'kubeconfig')
  await writeFile(path, kubeconfig({ server, ca, user: { name: 'admin', ...admin } }))
  return {
    output: () => output,
    kubectl: async (...command: string[]) => {
      const env = { PATH: process.env.PATH, HOME: certificates, KUBECONFIG: path }
      const { stdout, stderr } = await promisify(execFile)(kubectl, command, { env })
      return stdout + stderr
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

describe('what a cluster of 2018 has in its files starts the api-server', () => {
  it("the unit's ExecStart", async () => {
    const args = ofUnit(await text('unit.txt'))
    expect(args).toHaveLength(23)
    await using server = await start(args.map(filledIn), 'unit')
    expect(await server.kubectl('create', 'secret', 'generic', 'kept', '--from-literal=a=b')).toContain('created')
    expect(await server.kubectl('get', 'secret', 'kept', '-o', 'jsonpath={.data.a}')).toBe('Yg==')
    expect(await server.kubectl('get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}')).toBe('10.32.0.1')
    await expect(server.kubectl('create', 'serviceaccount', 'robot')).resolves.toContain('created')
    await expect(server.kubectl('create', 'token', 'robot')).rejects.toThrow('failed to generate token')
    const { files, endpoints } = etcd
    await using store = await openEtcdStore({ endpoints, caFile: files.ca, certFile: files.cert, keyFile: files.key })
    const kept = await store.get('/registry/secrets/default/kept')
    expect(Buffer.from(kept.kv?.value ?? '').toString('latin1')).toMatch(/^k8s:enc:aescbc:v1:key1:/)
    // the next server has no key for it
    await server.kubectl('delete', 'secret', 'kept')
    for (const said of [
      'Flag --enable-swagger-ui has been deprecated, it has no effect',
      'Flag --experimental-encryption-provider-config has been deprecated, use --encryption-provider-config',
      'Flag --kubelet-https has been deprecated',
      'Flag --apiserver-count has been deprecated',
      'Initializers is no longer a plugin',
      '--service-account-issuer is not set: it is https://kubernetes.default.svc; --service-account-signing-key-file is not set',
      'Generated self-signed cert',
    ])
      expect(server.output()).toContain(said)
  })

  it('the unit that audits', async () => {
    const args = ofUnit(await text('audited-unit.txt'))
    expect(args).toHaveLength(21)
    await using server = await start(args.map(filledIn), 'audited')
    expect(await server.kubectl('get', 'namespaces', '-o', 'name')).toContain('namespace/kube-system')
    expect(server.output()).toContain('No CIDR for service cluster IPs specified')
    expect(server.output()).toMatch(/audit.*polic/i)
  })

  it("the manifest's command", async () => {
    const args = ofManifest(await text('manifest.yaml'))
    expect(args).toHaveLength(22)
    await using server = await start(args.map(filledIn), 'manifest')
    expect(await server.kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe(
      'kubernetes-admin',
    )
    const published = await server.kubectl(
      'get',
      'configmap',
      '-n',
      'kube-system',
      'extension-apiserver-authentication',
      '-o',
      'json',
    )
    expect(JSON.parse(published).data).toMatchObject({
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-client-ca-file': expect.stringContaining('BEGIN CERTIFICATE'),
    })
    expect(server.output()).toContain("kubelets' certificates are not checked")
  })
})
