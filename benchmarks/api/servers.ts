import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority, createSigningKey, issueCertificate } from '@kubets/pki'
import { compileCacheFolder } from '../../apps/kubets/src/cache-folder.ts'
import { apiServerNodeFlags } from '../../apps/kubets/src/cluster/api-server-node-flags.ts'
import type { Target } from './target.ts'

const main = join(import.meta.dirname, '../../apps/api-server/src/main.ts')

export interface OwnServer extends AsyncDisposable {
  readonly target: Target
  /** `ws://…` of its inspector. */
  readonly inspector: string
  /** ms from its start to its readiness. */
  readonly startedIn: number
  /** The same server with a certificate of somebody else. */
  as(user: string, groups: readonly string[]): Promise<Target>
}

/** What `npm start` decides of the chain; each gives way to a flag that names it. */
const asStarted = ['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction']

/** The flags of an embedded store. */
export const embeddedIn = (directory: string) => ['--storage-backend=embedded', `--data-dir=${directory}`]

/** The api-server as `npm start` runs it, its authorizers and admission plugins too, over an embedded store of its own unless `storage` names another one, with some flags more. */
export async function startOwnServer(
  options: { storage?: readonly string[]; flags?: readonly string[] } = {},
): Promise<OwnServer> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-api-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const authority = await createCertificateAuthority('kubernetes')
  const serving = await issueCertificate(authority, {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const admin = await issueCertificate(authority, {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usages: ['client'],
  })
  const files = {
    'ca.crt': authority.cert,
    'tls.crt': serving.cert,
    'tls.key': serving.key,
    'sa.key': (await createSigningKey()).key,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { mode: 0o600 })
  const port = await freePort()
  const flags = options.flags ?? []
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [
      '--inspect=127.0.0.1:0',
      ...apiServerNodeFlags,
      main,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      `--tls-cert-file=${join(directory, 'tls.crt')}`,
      `--tls-private-key-file=${join(directory, 'tls.key')}`,
      `--client-ca-file=${join(directory, 'ca.crt')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-signing-key-file=${join(directory, 'sa.key')}`,
      ...asStarted.filter(flag => !flags.some(other => other.split('=')[0] === flag.split('=')[0])),
      ...(options.storage ?? embeddedIn(join(directory, 'store'))),
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: environment() },
  )
  undo.defer(() => stopped(child))
  let output = ''
  child.stderr?.on('data', chunk => {
    output = (output + String(chunk)).slice(-20_000)
  })
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the api-server ended with ${code}:\n${output}`)
    }),
  ])
  const startedIn = performance.now() - began
  const inspector = /ws:\/\/\S+/.exec(output)?.[0] ?? ''
  const stack = undo.move()
  const target = { host: '127.0.0.1', port, ca: authority.cert, ...admin, pid: child.pid }
  return {
    target,
    inspector,
    startedIn,
    async as(commonName, organizations) {
      return { ...target, ...(await issueCertificate(authority, { commonName, organizations, usages: ['client'] })) }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** With the compile cache that `npm start` gives its services. */
function environment(): NodeJS.ProcessEnv {
  const compiled = compileCacheFolder()
  return { ...process.env, NODE_NO_WARNINGS: '1', ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }) }
}

export interface BareServer extends AsyncDisposable {
  readonly target: Target
  /** What it answers from now on. */
  answerWith(status: number, type: string, body: Buffer): Promise<void>
}

/** `node:https` and nothing else. With `like` it asks its clients for certificates as that server does, and they show the same one. */
export async function startBareServer(like?: Target): Promise<BareServer> {
  const authority = await createCertificateAuthority('bare')
  const serving = await issueCertificate(authority, {
    commonName: 'bare-server',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), [serving.cert, serving.key, like?.ca ?? ''], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const [port] = (await once(child, 'message')) as [number]
  return {
    target: { host: '127.0.0.1', port, ca: authority.cert, cert: like?.cert, key: like?.key, pid: child.pid },
    async answerWith(status, type, body) {
      child.send({ status, type, body: body.toString('base64') })
      await once(child, 'message')
    },
    [Symbol.asyncDispose]: () => stopped(child),
  }
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
