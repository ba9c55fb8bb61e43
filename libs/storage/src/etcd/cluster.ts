import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority, issueCertificate, type KeyPair } from '@kubets/pki'
import { EtcdMember } from './cluster-member.ts'
import type { MemberPorts } from './cut-off.ts'
import { freePorts } from './free-ports.ts'

export interface EtcdClusterOptions {
  /** Default 3. */
  members?: number
  /** Default: what `KUBETS_TEST_ETCD` names, else `etcd` on the PATH. */
  binary?: string
  /** Further flags of every member. */
  args?: readonly string[]
  /** Each member runs as a user of its own, which is what {@link EtcdMember.partition} tells its packets by. Needs root and nft. */
  partitions?: boolean
}

/** Paths of PEM files. */
export interface EtcdClusterFiles {
  ca: string
  cert: string
  key: string
}

/** A real etcd cluster on loopback ports, with TLS between its members and to its clients, for tests. */
export interface EtcdCluster extends AsyncDisposable {
  readonly endpoints: readonly string[]
  readonly members: readonly EtcdMember[]
  /** What a client needs. */
  readonly files: EtcdClusterFiles
  readonly authority: KeyPair
  readonly directory: string
  /** The member that the living ones follow; waits for an election. */
  leader(): Promise<EtcdMember>
}

/** Starts all members and waits for their first leader. Disposing it ends them and removes their data. */
export async function startEtcdCluster(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
  const count = options.members ?? 3
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-etcd-cluster-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  await chmod(directory, 0o755)
  const { authority, files, client } = await makeFiles(directory)
  const ports = await freePorts(2 * count)
  const plan: MemberPorts[] = Array.from({ length: count }, (_, i) => ({
    name: `member-${i + 1}`,
    client: ports[2 * i] ?? 0,
    peer: ports[2 * i + 1] ?? 0,
  }))
  const members = plan.map(own => undo.use(new EtcdMember({ ...options, own, plan, directory, files })))
  await Promise.all(members.map(member => member.start()))
  const ask = (member: EtcdMember) => leaderOf(member, client)
  const leader = async (): Promise<EtcdMember> => {
    for (const until = Date.now() + 30_000; Date.now() < until; ) {
      const living = members.filter(member => member.running)
      const answers = await Promise.all(living.map(ask))
      // one that was cut off may still believe in itself: what most say counts
      for (const [i, one] of living.entries()) {
        const followers = answers.filter(answer => answer !== undefined && answer.leader === answers[i]?.id)
        if (answers[i] !== undefined && followers.length > count / 2) return one
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error(`the etcd cluster elects no leader\n${members.map(({ complaints }) => complaints).join('')}`)
  }
  await leader()
  const stack = undo.move()
  return {
    endpoints: plan.map(({ client: port }) => `https://127.0.0.1:${port}`),
    members,
    files,
    authority,
    directory,
    leader,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function makeFiles(
  directory: string,
): Promise<{ authority: KeyPair; files: EtcdClusterFiles; client: { ca: string } & KeyPair }> {
  const authority = await createCertificateAuthority('etcd-ca')
  const [member, client] = await Promise.all([
    issueCertificate(authority, {
      commonName: 'etcd',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      usages: ['server', 'client'],
    }),
    issueCertificate(authority, { commonName: 'kube-apiserver-etcd-client', usages: ['client'] }),
  ])
  const contents = {
    'ca.crt': authority.cert,
    'member.crt': member.cert,
    'member.key': member.key,
    'client.crt': client.cert,
    'client.key': client.key,
  }
  // members may run as users of their own: a test's keys protect nothing
  for (const [name, text] of Object.entries(contents)) await writeFile(join(directory, name), text, { mode: 0o644 })
  const files = {
    ca: join(directory, 'ca.crt'),
    cert: join(directory, 'client.crt'),
    key: join(directory, 'client.key'),
  }
  return { authority, files, client: { ca: authority.cert, ...client } }
}

/** Whom a member takes for the leader; undefined when it does not answer. */
function leaderOf(
  member: EtcdMember,
  tls: { ca: string } & KeyPair,
): Promise<{ id: string; leader: string } | undefined> {
  return new Promise(resolve => {
    const url = `${member.endpoint}/v3/maintenance/status`
    const asked = request(url, { ...tls, method: 'POST', agent: false, timeout: 1_000 }, async response => {
      try {
        let text = ''
        for await (const chunk of response) text += chunk
        const status = JSON.parse(text) as { header?: { member_id: string }; leader?: string }
        resolve({ id: status.header?.member_id ?? '', leader: status.leader ?? '0' })
      } catch {
        resolve(undefined)
      }
    })
    asked.on('error', () => resolve(undefined))
    asked.on('timeout', () => asked.destroy())
    asked.end('{}')
  })
}
