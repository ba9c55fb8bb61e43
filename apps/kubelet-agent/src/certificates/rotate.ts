import { X509Certificate } from 'node:crypto'
import type { Client } from '@kubets/client'
import { type Clock, type Logger, sleep } from '@kubets/component'
import { createSigningKey } from '@kubets/pki'
import type { CertificateStore, StoredCertificate } from './certificate-store.ts'
import { type CertificateQuestion, requestCertificate } from './request-certificate.ts'

export interface RotateOptions {
  readonly client: Client
  readonly store: CertificateStore
  readonly question: Pick<CertificateQuestion, 'signerName' | 'names'>
  /** What is in use now. */
  readonly current: StoredCertificate | undefined
  /** A new one. */
  changed(certificate: StoredCertificate): void
  failed(): void
  readonly clock: Clock
  readonly random?: () => number
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Upstream's pauses after failures: from two seconds, doubled, to half a minute (ms). */
const firstPause = 2_000
const lastPause = 32_000

/** When a certificate is renewed: at 70 to 90 % of its life, so that nodes that came together do not ask together. Pure. */
export function rotationTime({ notBefore, notAfter }: StoredCertificate, random: number): number {
  return notBefore + (notAfter - notBefore) * (0.7 + 0.2 * random)
}

/** Renews a certificate before it ends, for good. Every new one has a new key. */
export async function rotateCertificates(options: RotateOptions): Promise<void> {
  const { clock, signal, logger, store, question } = options
  const random = options.random ?? Math.random
  let { current } = options
  let given = 0
  while (!signal.aborted) {
    const time = current === undefined || !isFor(current, question) ? 0 : rotationTime(current, random())
    const wait = Math.max(time, given) - clock.now()
    // timers hold 24 days at most
    if (wait > 0) await sleep(Math.min(wait, 2 ** 31 - 1), signal, clock)
    if (wait > 2 ** 31 - 1 || signal.aborted) continue
    for (let pause = firstPause; !signal.aborted; pause = Math.min(pause * 2, lastPause)) {
      try {
        const { key } = await createSigningKey()
        const cert = await requestCertificate(options.client, { ...question, key }, signal, clock)
        current = await store.update({ cert, key })
        logger.info(
          { signer: question.signerName, until: new Date(current.notAfter).toISOString() },
          'Certificate rotated',
        )
        options.changed(current)
        // what begins five minutes before it comes, and ends minutes after, would be past its time at once
        given = clock.now() + (current.notAfter - clock.now()) / 2
        break
      } catch (error) {
        if (signal.aborted) return
        options.failed()
        logger.error({ err: error, signer: question.signerName }, 'A certificate was asked for, and not given')
        await sleep(pause * (1 + 0.1 * random()), signal, clock)
      }
    }
  }
}

/** Whether it has the name and all names that are asked for: a node's addresses may have changed. */
export function isFor({ cert }: StoredCertificate, { names }: RotateOptions['question']): boolean {
  const parsed = new X509Certificate(cert)
  const subject = parsed.subject.split('\n')
  return (
    subject.includes(`CN=${names.commonName}`) &&
    (names.organizations ?? []).every(one => subject.includes(`O=${one}`)) &&
    (names.dnsNames ?? []).every(name => parsed.checkHost(name) !== undefined) &&
    (names.ipAddresses ?? []).every(ip => parsed.checkIP(ip) !== undefined)
  )
}
