import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificateAuthority, createSigningKey, issueCertificate } from './certificates.ts'
import type { CertificateRequest, KeyPair } from './contract.ts'

/**
 * The certificates of one cluster in one folder, under kubeadm's file names: `ca.crt`, `ca.key`, `apiserver.crt`, …
 * What is there is used, what is missing is made; a certificate whose names no longer fit is issued again.
 */
export interface ClusterPki {
  readonly directory: string
  readonly authority: KeyPair
  /** The pair `NAME.crt`/`NAME.key`; issued when it is missing, expired within 30 days, or lacks a name or address of the request. */
  issue(name: string, request: CertificateRequest): Promise<KeyPair>
  /** `sa.key` and `sa.pub`. */
  signingKey(): Promise<{ key: string; publicKey: string }>
}

export async function openClusterPki(directory: string): Promise<ClusterPki> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const authority = await openAuthority(directory)
  return {
    directory,
    authority,
    async issue(name, request) {
      const present = await readPair(directory, name)
      if (present !== undefined && isWhole(present) && stillFits(present.cert, authority.cert, request)) return present
      return writePair(directory, name, await issueCertificate(authority, request))
    },
    async signingKey() {
      const [key, publicKey] = await Promise.all([readText(directory, 'sa.key'), readText(directory, 'sa.pub')])
      if (key !== undefined && publicKey !== undefined) return { key, publicKey }
      const made = await createSigningKey()
      await writeText(directory, 'sa.key', made.key, 0o600)
      await writeText(directory, 'sa.pub', made.publicKey, 0o644)
      return made
    },
  }
}

/**
 * The cluster's root. Made only where there is none at all: a second one would cut off every client that trusts the first, so
 * half of it, or a damaged file, is told and left as it is.
 */
async function openAuthority(directory: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readText(directory, 'ca.crt'), readText(directory, 'ca.key')])
  if (cert === undefined && key === undefined)
    return writePair(directory, 'ca', await createCertificateAuthority('kubernetes'))
  const advice = `restore it, or remove both ca.crt and ca.key in ${directory} to have all certificates made anew`
  if (cert === undefined || key === undefined)
    throw new Error(`${join(directory, cert === undefined ? 'ca.crt' : 'ca.key')} is missing: ${advice}`)
  if (!isWhole({ cert, key })) throw new Error(`${join(directory, 'ca.crt')} or its key is damaged: ${advice}`)
  return { cert, key }
}

/** Both files can be read and belong together. */
function isWhole(pair: KeyPair): boolean {
  try {
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))
  } catch {
    return false
  }
}

const renewBefore = 30 * 24 * 60 * 60 * 1000

function stillFits(cert: string, ca: string, request: CertificateRequest): boolean {
  const parsed = new X509Certificate(cert)
  if (parsed.validToDate.getTime() - Date.now() < renewBefore) return false
  const issuer = new X509Certificate(ca)
  if (!parsed.checkIssued(issuer) || !parsed.verify(issuer.publicKey)) return false
  return (
    (request.dnsNames ?? []).every(name => parsed.checkHost(name) !== undefined) &&
    (request.ipAddresses ?? []).every(ip => parsed.checkIP(ip) !== undefined)
  )
}

async function readPair(directory: string, name: string): Promise<KeyPair | undefined> {
  const [cert, key] = await Promise.all([readText(directory, `${name}.crt`), readText(directory, `${name}.key`)])
  return cert !== undefined && key !== undefined ? { cert, key } : undefined
}

async function writePair(directory: string, name: string, pair: KeyPair): Promise<KeyPair> {
  await writeText(directory, `${name}.key`, pair.key, 0o600)
  await writeText(directory, `${name}.crt`, pair.cert, 0o644)
  return pair
}

async function readText(directory: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, name), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Written beside and renamed: a crash leaves the old file or the new one, never half of one. */
async function writeText(directory: string, name: string, text: string, mode: number): Promise<void> {
  const path = join(directory, name)
  await writeFile(`${path}.new`, text, { mode })
  await chmod(`${path}.new`, mode)
  await rename(`${path}.new`, path)
}
