import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificateAuthority, createSigningKey, issueCertificate, kubeconfig } from '@kubets/pki'

/** A running API server that is compared. */
export interface Peer extends AsyncDisposable {
  readonly name: 'upstream' | 'kubets'
  readonly url: string
  readonly port: number
  /** PEM. */
  readonly ca: string
  /** Of a member of system:masters. */
  readonly token: string
  /** Process id of the API server, for its memory. */
  readonly pid: number
}

export interface PeerOptions {
  /** Data, logs and certificates of this peer. Made if missing. */
  folder: string
  /** `--runtime-config`, as `api/all=true`. */
  runtimeConfig?: string
}

/** What both are started with. */
export interface PeerFiles {
  ca: string
  cert: string
  key: string
  tokens: string
  serviceAccountKey: string
  serviceAccountPublicKey: string
}

export const adminToken = 'peers-admin-token'
export const serviceClusterIpRange = '10.96.0.0/16'
/** Not of this machine: upstream accepts no loopback address in the endpoints of the Service `kubernetes`. */
export const advertiseAddress = '192.0.2.10'
export const issuer = 'https://kubernetes.default.svc.cluster.local'

/** Writes the files that both API servers need, with a kubeconfig for `kubectl` beside them. */
export async function writePeerFiles(folder: string, port: number): Promise<{ files: PeerFiles; ca: string }> {
  await mkdir(folder, { recursive: true })
  const authority = await createCertificateAuthority('kubernetes')
  const serving = await issueCertificate(authority, {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', '10.96.0.1'],
    usages: ['server', 'client'],
  })
  const signing = await createSigningKey()
  const contents = {
    ca: authority.cert,
    cert: serving.cert,
    key: serving.key,
    tokens: `${adminToken},kubernetes-admin,admin-uid,"system:masters"\n`,
    serviceAccountKey: signing.key,
    serviceAccountPublicKey: signing.publicKey,
  }
  const names = Object.keys(contents) as (keyof PeerFiles)[]
  await Promise.all(names.map(name => writeFile(join(folder, name), contents[name], { mode: 0o600 })))
  await writeFile(
    join(folder, 'kubeconfig'),
    kubeconfig({
      server: `https://127.0.0.1:${port}`,
      ca: authority.cert,
      user: { name: 'admin', token: adminToken },
    }),
    { mode: 0o600 },
  )
  return {
    files: Object.fromEntries(names.map(name => [name, join(folder, name)])) as unknown as PeerFiles,
    ca: authority.cert,
  }
}
