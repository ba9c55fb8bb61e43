import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Logger, UsageError } from '@kubets/component'
import { createCertificateAuthority, issueCertificate, type KeyPair } from '@kubets/pki'

export interface ServingCertificateOptions {
  /** `--tls-cert-file`, `--tls-private-key-file`. */
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** `--cert-dir` */
  readonly directory: string
  /** What a self-signed certificate is for. */
  readonly advertiseAddress: string
  readonly bindAddress: string
  /** Of the Service `kubernetes`. */
  readonly serviceAddress: string
  readonly logger: Logger
}

/**
 * The certificate that is served: that of the flags; without any the one in `--cert-dir`, which is made where there is none, with an authority of its
 * own that stands beside it in the file. @throws UsageError, Error
 */
export async function servingCertificate(options: ServingCertificateOptions): Promise<KeyPair> {
  const { certFile = '', keyFile = '', directory, logger } = options
  if (certFile !== '' || keyFile !== '') {
    if (certFile === '') throw new UsageError('--tls-cert-file must be set with --tls-private-key-file')
    if (keyFile === '') throw new UsageError('--tls-private-key-file must be set with --tls-cert-file')
    const [cert, key] = await Promise.all([read('tls-cert-file', certFile), read('tls-private-key-file', keyFile)])
    return { cert, key }
  }
  const paths = { cert: join(directory, 'apiserver.crt'), key: join(directory, 'apiserver.key') }
  const [cert, key] = await Promise.all([readable(paths.cert), readable(paths.key)])
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert !== undefined || key !== undefined)
    throw new Error(`error reading ${paths.cert} and ${paths.key}: certificate and key must be supplied as a pair`)
  const made = await selfSigned(options)
  await mkdir(directory, { recursive: true, mode: 0o755 })
  await writeFile(paths.key, made.key, { mode: 0o600 })
  await writeFile(paths.cert, made.cert)
  // clients read it, whatever our umask is
  await chmod(paths.cert, 0o644)
  logger.info(paths, 'Generated self-signed cert')
  return made
}

async function selfSigned({
  advertiseAddress,
  bindAddress,
  serviceAddress,
}: ServingCertificateOptions): Promise<KeyPair> {
  const now = Math.floor(Date.now() / 1000)
  const authority = await createCertificateAuthority(`${advertiseAddress}-ca@${now}`)
  const anywhere = bindAddress === '0.0.0.0' || bindAddress === '::'
  const addresses = [advertiseAddress, serviceAddress, ...(anywhere ? [] : [bindAddress])]
  const names = ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes', ...(anywhere ? ['localhost'] : [])]
  const own = await issueCertificate(authority, {
    commonName: `${advertiseAddress}@${now}`,
    dnsNames: [...names, ...addresses.filter(one => isIP(one) === 0)],
    ipAddresses: [...new Set(addresses.filter(one => isIP(one) !== 0))],
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

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`--${flag}: cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}
