import { X509Certificate } from 'node:crypto'
import { type KeyPair, pairFault } from '@kubets/pki'
import type { Logger } from '../logger.ts'
import { followFiles } from './follow-files.ts'
import type { Followed } from './followed.ts'

export interface CertificateFilesOptions {
  readonly logger: Pick<Logger, 'info' | 'error'>
  readonly signal: AbortSignal
  readonly pollInterval?: number
}

/** A file as a flag names it. */
export interface NamedFile {
  readonly flag: string
  readonly path: string
}

/** Figures of one name, for `/metrics`. */
export interface CertificateFigures {
  readonly name: string
  /** When the (first) certificate ends, ms. Undefined for what is none. */
  readonly end: number | undefined
  readonly reloads: number
  readonly failures: number
}

/**
 * Certificates, keys and authorities of a service, read again when their files change. A file that will not do leaves what was read before, and is
 * logged and counted.
 */
export class CertificateFiles {
  readonly #options: CertificateFilesOptions
  readonly #figures: { name: string; end: () => number | undefined; reloads: number; failures: number }[] = []

  constructor(options: CertificateFilesOptions) {
    this.#options = options
  }

  /** A certificate and its key. @throws Error where they cannot be read, or are no pair. */
  pair(name: string, cert: NamedFile, key: NamedFile): Promise<Followed<KeyPair>> {
    return this.follow(
      name,
      [cert, key],
      ([certificate = '', privateKey = '']) => {
        const pair = { cert: certificate, key: privateKey }
        const fault = pairFault(pair)
        if (fault !== undefined) throw new Error(`${cert.path}, ${key.path}: ${fault}`)
        return pair
      },
      ({ cert }) => cert,
    )
  }

  /** PEM of authorities. @throws Error where there is none in the file. */
  authorities(name: string, file: NamedFile): Promise<Followed<string>> {
    return this.follow(
      name,
      [file],
      ([pem = '']) => {
        const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
        if (blocks.length === 0) throw new Error(`${file.path} has no certificate`)
        for (const block of blocks) new X509Certificate(block)
        return pem
      },
      pem => pem,
    )
  }

  /** Whatever else is made of files. */
  async follow<T>(
    name: string,
    files: readonly NamedFile[],
    load: (contents: readonly string[]) => T | Promise<T>,
    certificate: (value: T) => string | undefined = () => undefined,
  ): Promise<Followed<T>> {
    const { logger, signal, pollInterval } = this.#options
    const paths = files.map(({ path }) => path)
    const flags = files.map(({ flag }) => `--${flag}`).join(', ')
    const figures = { name, end: (): number | undefined => undefined, reloads: 0, failures: 0 }
    const followed = await followFiles({
      files: paths,
      load,
      signal,
      ...(pollInterval === undefined ? {} : { pollInterval }),
      failed: error => {
        figures.failures++
        logger.error(
          { err: error, name, files: paths },
          'A file has changed and will not do: what was read before stays',
        )
      },
      reloaded: () => {
        figures.reloads++
        logger.info({ name, files: paths }, 'Read again')
      },
    }).catch((error: NodeJS.ErrnoException) => {
      const unread = files.find(({ path }) => path === error.path)
      const why =
        unread === undefined
          ? `${flags}: ${error.message}`
          : `--${unread.flag}: cannot read ${unread.path}: ${error.message}`
      throw new Error(why, { cause: error })
    })
    figures.end = () => endOf(certificate(followed.current))
    this.#figures.push(figures)
    return followed
  }

  figures(): CertificateFigures[] {
    return this.#figures.map(one => ({ ...one, end: one.end() }))
  }

  /** In the form of a service's metrics. */
  families() {
    const each = (read: (one: CertificateFigures) => { value: number; labels?: object }[]) => () =>
      this.figures().flatMap(one =>
        read(one).map(({ value, labels }) => ({ value, labels: { certificate: one.name, ...labels } })),
      )
    return [
      {
        name: 'kubets_certificate_expiration_timestamp_seconds',
        help: 'When a certificate that this process uses ends; of several in a file the first.',
        type: 'gauge' as const,
        values: each(({ end }) => (end === undefined ? [] : [{ value: end / 1000 }])),
      },
      {
        name: 'kubets_certificate_reloads_total',
        help: 'How often files of certificates, keys and authorities have changed and were read again, or would not do.',
        type: 'counter' as const,
        values: each(({ reloads, failures }) => [
          { value: reloads, labels: { status: 'success' } },
          { value: failures, labels: { status: 'failure' } },
        ]),
      },
    ]
  }
}

function endOf(pem: string | undefined): number | undefined {
  if (pem === undefined) return undefined
  try {
    return new X509Certificate(pem).validToDate.getTime()
  } catch {
    return undefined
  }
}
