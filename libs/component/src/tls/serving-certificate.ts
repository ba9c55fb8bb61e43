import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { KeyPair } from '@kubets/pki'
import { UsageError } from '../flags.ts'
import type { CertificateFiles } from '../follow/certificate-files.ts'
import { type Followed, fixed } from '../follow/followed.ts'
import type { Logger } from '../logger.ts'

/** Whom a self-signed certificate is for. */
export interface SelfSigned {
  /** Name or address that clients use. */
  readonly host: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  /** Where the server listens: anywhere, then it is for `localhost` too, or at an address that it is for. */
  readonly bindAddress: string
}

export interface ServingCertificateOptions {
  /** `--tls-cert-file`, `--tls-private-key-file`. */
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** `--cert-dir`. Unset: a self-signed certificate stands in no file. */
  readonly directory: string | undefined
  /** The service's name for its files there. */
  readonly name: string
  readonly selfSigned: SelfSigned
  readonly files: CertificateFiles
  readonly logger: Pick<Logger, 'info'>
}

/**
 * The certificate that is served, and read again when its files change: that of the flags; without any the one in `--cert-dir`, which is made where there is none, with an authority of its
 * own that stands beside it in the file. @throws UsageError, Error
 */
export async function servingCertificate(options: ServingCertificateOptions): Promise<Followed<KeyPair>> {
  const { certFile = '', keyFile = '', directory = '', name, files, logger } = options
  const follow = (cert: string, key: string) =>
    files.pair('serving', { flag: 'tls-cert-file', path: cert }, { flag: 'tls-private-key-file', path: key })
  if (certFile !== '' || keyFile !== '') {
    if (certFile === '') throw new UsageError('--tls-cert-file must be set with --tls-private-key-file')
    if (keyFile === '') throw new UsageError('--tls-private-key-file must be set with --tls-cert-file')
    return follow(certFile, keyFile)
  }
  if (directory === '') {
    const made = await selfSigned(options.selfSigned)
    logger.info('Generated self-signed cert in-memory')
    return fixed(made)
  }
  const paths = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) }
  const [cert, key] = await Promise.all([readable(paths.cert), readable(paths.key)])
  if (cert !== undefined && key !== undefined) return follow(paths.cert, paths.key)
  if (cert !== undefined || key !== undefined)
    throw new Error(`error reading ${paths.cert} and ${paths.key}: certificate and key must be supplied as a pair`)
  const made = await selfSigned(options.selfSigned)
  await mkdir(directory, { recursive: true, mode: 0o755 })
  await writeFile(paths.key, made.key, { mode: 0o600 })
  await writeFile(paths.cert, made.cert)
  // clients read it, whatever our umask is
  await chmod(paths.cert, 0o644)
  logger.info(paths, 'Generated self-signed cert')
  return follow(paths.cert, paths.key)
}

async function selfSigned({ host, dnsNames, ipAddresses, bindAddress }: SelfSigned): Promise<KeyPair> {
  const { createCertificateAuthority, issueCertificate } = await import('@kubets/pki')
  const now = Math.floor(Date.now() / 1000)
  const authority = await createCertificateAuthority(`${host}-ca@${now}`)
  const anywhere = bindAddress === '0.0.0.0' || bindAddress === '::'
  const hosts = [host, ...ipAddresses, ...(anywhere ? ['localhost'] : [bindAddress])]
  const own = await issueCertificate(authority, {
    commonName: `${host}@${now}`,
    dnsNames: [...new Set([...dnsNames, ...hosts.filter(one => isIP(one) === 0)])],
    ipAddresses: [...new Set(hosts.filter(one => isIP(one) !== 0))],
    usages: ['server'],
  })
  return { cert: own.cert + authority.cert, key: own.key }
}

async function readable(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
