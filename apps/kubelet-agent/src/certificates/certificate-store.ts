import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type KeyPair, pairFault } from '@kubets/pki'

/** A certificate with its key and its life. */
export interface StoredCertificate extends KeyPair {
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * Where a kubelet keeps what it was given: `NAME-2026-11-26-02-15-04.pem` with certificate and key, and `NAME-current.pem`, a link to the newest. The
 * files are upstream's, so that either finds the other's.
 */
export class CertificateStore {
  readonly #directory: string
  readonly #name: string
  /** `NAME-current.pem` */
  readonly path: string

  constructor(directory: string, name: string) {
    this.#directory = resolve(directory)
    this.#name = name
    this.path = join(this.#directory, `${name}-current.pem`)
  }

  /** Undefined where there is none, or none that can be used. */
  async current(): Promise<StoredCertificate | undefined> {
    const text = await readFile(this.path, 'utf8').catch(() => undefined)
    return text === undefined ? undefined : storedCertificate(split(text))
  }

  /** The link is swapped: readers see the old certificate or the new one. */
  async update(pair: KeyPair): Promise<StoredCertificate> {
    const stored = storedCertificate(pair)
    if (stored === undefined) throw new Error(`the certificate that was given will not do: ${pairFault(pair)}`)
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const time = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')
    const file = join(this.#directory, `${this.#name}-${time}.pem`)
    await writeFile(`${file}.new`, pair.cert + pair.key, { mode: 0o600 })
    await rename(`${file}.new`, file)
    const updated = join(this.#directory, `${this.#name}-updated.pem`)
    await rm(updated, { force: true })
    await symlink(file, updated)
    await rename(updated, this.path)
    return stored
  }
}

export function storedCertificate(pair: KeyPair): StoredCertificate | undefined {
  if (pairFault(pair) !== undefined) return undefined
  const { validFromDate, validToDate } = new X509Certificate(pair.cert)
  return { ...pair, notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() }
}

/** Certificates and key of one file. */
function split(text: string): KeyPair {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? []
  const of = (what: string) => blocks.filter(block => block.startsWith(`-----BEGIN ${what}`))
  const lines = (some: readonly string[]) => some.map(block => `${block}\n`).join('')
  const keys = blocks.filter(block => /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(block))
  return { cert: lines(of('CERTIFICATE-----')), key: lines(keys) }
}
