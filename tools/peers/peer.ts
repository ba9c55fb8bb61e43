import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificateAuthority, createSigningKey, issueCertificate, type KeyPair, kubeconfig } from '@kubets/pki'
import { freePort } from './free-port.ts'

/** A running API server that is compared. */
export interface Peer extends AsyncDisposable {
  readonly name: 'upstream' | 'kubets'
  readonly url: string
  /** A loopback address of its own where two peers share a port. */
  readonly address: string
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
  /** Default 127.0.0.1. */
  address?: string
  /** Default: a free one. Two that are compared have the same: their objects name it. */
  port?: number
  /** Certificates, keys and tokens of another peer. Default: made. */
  identity?: Identity
  /** Where an etcd listens that is to be used. Default: upstream gets one of its own, kubets has its embedded store. */
  etcd?: string
  /** More flags. */
  args?: readonly string[]
}

/** What both are started with, and what their clients need. */
export interface Identity {
  files: PeerFiles
  /** PEM. */
  ca: string
  /** Certificate of a member of system:masters, for who cannot send a token. */
  admin: KeyPair
}

/** Paths. */
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

/** Makes certificates, keys and tokens in `folder`. */
export async function makeIdentity(folder: string): Promise<Identity> {
  await mkdir(folder, { recursive: true })
  const authority = await createCertificateAuthority('kubernetes')
  const serving = await issueCertificate(authority, {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', '127.0.0.2', '10.96.0.1'],
    usages: ['server', 'client'],
  })
  const admin = await issueCertificate(authority, {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usages: ['client'],
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
  const files = Object.fromEntries(names.map(name => [name, join(folder, name)])) as unknown as PeerFiles
  return { files, ca: authority.cert, admin }
}

/** What both kinds of peers begin with: a folder with a kubeconfig, an address, an identity. */
export async function preparePeer(options: PeerOptions): Promise<Identity & { address: string; port: number }> {
  const { folder, address = '127.0.0.1' } = options
  await mkdir(folder, { recursive: true })
  const port = options.port ?? (await freePort())
  const identity = options.identity ?? (await makeIdentity(folder))
  const text = kubeconfig({
    server: `https://${address}:${port}`,
    ca: identity.ca,
    user: { name: 'admin', token: adminToken },
  })
  await writeFile(join(folder, 'kubeconfig'), text, { mode: 0o600 })
  return { ...identity, address, port }
}
