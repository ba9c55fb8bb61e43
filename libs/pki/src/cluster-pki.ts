import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificateAuthority, createSigningKey, issueCertificate } from './certificates.ts'
import type { CertificateRequest, KeyPair } from './contract.ts'
import { pairFault } from './key-algorithm.ts'
import { issuedBy, missingNames } from './manage/certificate-fault.ts'
import { readIfThere, readPair, writePair, writeWhole } from './pem-files.ts'

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

export interface ClusterAuthority {
  /** Path of its files below the folder, without `.crt` and `.key`. */
  readonly files: string
  readonly commonName: string
}

export async function openClusterPki(
  directory: string,
  own: ClusterAuthority = { files: 'ca', commonName: 'kubernetes' },
): Promise<ClusterPki> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const authority = await openAuthority(join(directory, own.files), own.commonName)
  return {
    directory,
    authority,
    async issue(name, request) {
      const files = join(directory, name)
      const present = await readPair(files)
      if (present !== undefined && stillFits(present, authority.cert, request)) return present
      return writePair(files, await issueCertificate(authority, request))
    },
    async signingKey() {
      const files = join(directory, 'sa')
      const [key, publicKey] = await Promise.all([readIfThere(`${files}.key`), readIfThere(`${files}.pub`)])
      if (key !== undefined && publicKey !== undefined) return { key, publicKey }
      const made = await createSigningKey()
      await writeWhole(`${files}.key`, made.key, 0o600)
      await writeWhole(`${files}.pub`, made.publicKey, 0o644)
      return made
    },
  }
}

/**
 * The cluster's root. Made only where there is none at all: a second one would cut off every client that trusts the first, so
 * half of it, or a damaged file, is told and left as it is.
 */
async function openAuthority(files: string, commonName: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readIfThere(`${files}.crt`), readIfThere(`${files}.key`)])
  if (cert === undefined && key === undefined) return writePair(files, await createCertificateAuthority(commonName))
  const advice = `restore it, or remove both ${files}.crt and ${files}.key to have all certificates made anew`
  if (cert === undefined || key === undefined)
    throw new Error(`${files}${cert === undefined ? '.crt' : '.key'} is missing: ${advice}`)
  if (pairFault({ cert, key }) !== undefined) throw new Error(`${files}.crt or its key is damaged: ${advice}`)
  return { cert, key }
}

const renewBefore = 30 * 24 * 60 * 60 * 1000

function stillFits(pair: KeyPair, ca: string, request: CertificateRequest): boolean {
  if (pairFault(pair) !== undefined) return false
  const cert = new X509Certificate(pair.cert)
  if (cert.validToDate.getTime() - Date.now() < renewBefore) return false
  return issuedBy(cert, ca) && missingNames(cert, request).length === 0
}
