import { type CertificateFiles, type NamedPair, UsageError } from '@kubets/component'

const flag = 'tls-sni-cert-key'

/** `--tls-sni-cert-key`: CERT,KEY or CERT,KEY:NAME,… The files are read again when they change. @throws UsageError, Error */
export function namedCertificates(values: readonly string[], files: CertificateFiles): Promise<NamedPair[]> {
  return Promise.all(
    values.map(async value => {
      const { cert, key, names } = parseNamedCertificate(value)
      const name = `serving ${names.join(',') || cert}`
      return { pair: await files.pair(name, { flag, path: cert }, { flag, path: key }), names }
    }),
  )
}

/** The parts of one value, with upstream's words for what is wrong. @throws UsageError */
export function parseNamedCertificate(value: string): { cert: string; key: string; names: string[] } {
  const refuse = (why: string) =>
    new UsageError(`invalid argument ${JSON.stringify(value)} for "--${flag}" flag: ${why}`)
  const colon = value.indexOf(':')
  const [cert, key, ...more] = (colon === -1 ? value : value.slice(0, colon)).split(',').map(part => part.trim())
  if (!cert || !key || more.length > 0) throw refuse('expected comma separated certificate and key file paths')
  if (colon === -1) return { cert, key, names: [] }
  const names = value
    .slice(colon + 1)
    .split(',')
    .map(part => part.trim())
  if (names.length === 1 && names[0] === '') throw refuse('empty names list is not allowed')
  return { cert, key, names }
}
