import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@kubets/client'
import { createCertificateAuthority, createSigningKey, issueCertificate, type KeyPair } from '@kubets/pki'
import { expect, vi } from 'vitest'
import { collectable, expectKept } from '../garbage/expect-kept.ts'
import { type AuditLog, auditLog } from './audit-log.ts'
import { auditPolicy } from './audit-policy.ts'
import { type Prepared, prepare } from './objects.ts'

const main = new URL('../../apps/api-server/src/main.ts', import.meta.url).pathname

const clients = ['client'] as const

/** Bytes that the api-server may keep beside what it had before the first attack. */
const maxGrowth = 192 * 1024 * 1024

/** Files and sockets that it may have open. */
export const maxOpenFiles = 1_024

/** A real api-server with all of its security on, started from flags as a process of its own. */
export interface Victim extends AsyncDisposable {
  readonly port: number
  /** Authority of the cluster: of the server's own certificate and of users. */
  readonly authority: KeyPair
  /** Authority of front proxies, no user's. */
  readonly proxies: KeyPair
  /** Signs the tokens of service accounts. */
  readonly signing: { readonly key: string; readonly publicKey: string }
  readonly objects: Prepared
  readonly audit: AuditLog
  /** A member of system:masters over HTTP/2. */
  readonly admin: Client
  /** Somebody with a certificate; `of` another authority than the cluster's. */
  user(name: string, groups?: readonly string[], more?: CertificateOptions): Promise<KeyPair>
  /** An honest client is served, and the process has not grown beyond its bound. */
  lives(): Promise<void>
  /** All that the process has said. */
  output(): string
  readonly pid: number
  /** Its files: `store`, `audit.log`, keys. */
  readonly directory: string
}

export interface CertificateOptions {
  of?: KeyPair
  days?: number
  usages?: readonly ('client' | 'server')[]
}

export const staticToken = 'static-token-of-sam-7d1f'
export const issuer = 'https://kubernetes.default.svc.cluster.local'

export async function startVictim(): Promise<Victim> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-attacks-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const [authority, proxies, signing] = await Promise.all([
    createCertificateAuthority('kubernetes-ca'),
    createCertificateAuthority('front-proxy-ca'),
    createSigningKey(),
  ])
  const user: Victim['user'] = (name, groups = [], { of = authority, days, usages = clients } = {}) =>
    issueCertificate(of, { commonName: name, organizations: groups, usages, ...(days === undefined ? {} : { days }) })
  const [serving, masters, kubelets] = await Promise.all([
    issueCertificate(authority, { commonName: 'kube-apiserver', ipAddresses: ['127.0.0.1'], usages: ['server'] }),
    user('kubernetes-admin', ['system:masters']),
    user('kube-apiserver-kubelet-client', ['system:masters']),
  ])
  const audit = auditLog(join(directory, 'audit.log'))
  const files = {
    'ca.crt': authority.cert,
    'proxies.crt': proxies.cert,
    'serving.crt': serving.cert,
    'serving.key': serving.key,
    'kubelets.crt': kubelets.cert,
    'kubelets.key': kubelets.key,
    'sa.key': signing.key,
    'sa.pub': signing.publicKey,
    'tokens.csv': `${staticToken},sam,1,"testers"\n`,
    'policy.yaml': auditPolicy,
  }
  const at = (name: keyof typeof files | 'audit.log' | 'store' | 'certs') => join(directory, name)
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content, { mode: 0o600 })
  const [program = '', ...before] = [...withFewOpenFiles, ...withoutCapabilities(), process.execPath, ...collectable]
  const child = spawn(
    program,
    [
      ...before,
      main,
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      '--storage-backend=embedded',
      `--data-dir=${at('store')}`,
      `--tls-cert-file=${at('serving.crt')}`,
      `--tls-private-key-file=${at('serving.key')}`,
      `--client-ca-file=${at('ca.crt')}`,
      `--token-auth-file=${at('tokens.csv')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      // nobody makes service accounts for namespaces here
      '--disable-admission-plugins=ServiceAccount',
      `--requestheader-client-ca-file=${at('proxies.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--service-account-issuer=${issuer}`,
      `--service-account-signing-key-file=${at('sa.key')}`,
      `--service-account-key-file=${at('sa.pub')}`,
      `--kubelet-client-certificate=${at('kubelets.crt')}`,
      `--kubelet-client-key=${at('kubelets.key')}`,
      `--kubelet-certificate-authority=${at('ca.crt')}`,
      `--audit-policy-file=${at('policy.yaml')}`,
      `--audit-log-path=${at('audit.log')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--request-timeout=3s',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  undo.defer(() => end(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)))
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the api-server ended: ${output.slice(-4_000)}`)
  })
  ended.catch(() => undefined)
  await Promise.race([vi.waitFor(() => expect(output).toContain('Serving securely'), { timeout: 30_000 }), ended])
  const port = Number(/"port":(\d+)/.exec(output)?.[1])
  const config = { server: `https://127.0.0.1:${port}`, ca: authority.cert }
  const admin = undo.use(createClient({ ...config, ...masters }))
  const objects = await prepare(admin, user)
  const pid = child.pid ?? 0
  const { capabilities } = await processStatus(pid)
  expect(capabilities, 'capabilities of the api-server').toBe(0n)
  const { residentBytes: atFirst } = await processStatus(pid)
  const owned = undo.move()
  return {
    port,
    authority,
    proxies,
    signing,
    objects,
    audit,
    admin,
    user,
    async lives() {
      await using client = createClient({ ...config, ...masters })
      const { status } = await client.raw('GET', '/api/v1/namespaces/team')
      expect(status, 'an honest client').toBe(200)
      await expectKept({
        pid,
        what: 'memory of the api-server',
        bytes: async () => (await processStatus(pid)).residentBytes,
        below: atFirst + maxGrowth,
        said: () => output,
      })
    },
    output: () => output,
    pid,
    directory,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Enough for 576 clients: attackers reach it. */
const withFewOpenFiles = ['prlimit', `--nofile=${maxOpenFiles}:${maxOpenFiles}`, '--']

/** It has to do without the rights of root, where the test itself has them. */
function withoutCapabilities(): string[] {
  if (process.getuid?.() !== 0) return []
  return ['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--']
}

async function processStatus(pid: number): Promise<{ residentBytes: number; capabilities: bigint }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return {
    residentBytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024,
    capabilities: BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(status)?.[1] ?? ''}`),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), 8_000)
  await gone
  clearTimeout(kill)
}
