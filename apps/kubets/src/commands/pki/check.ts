import { humanDuration } from '@kubets/apimachinery'
import { type CertificateExpiration, type CertificateExpirationInfo, expirations } from '@kubets/pki'
import { formatTable } from '../../terminal/table.ts'
import type { PkiFlags } from './flags.ts'
import { presentPlan } from './plan.ts'

/** Exit code 1 when something has expired, or does so within `--expires-within`. */
export async function check(flags: PkiFlags): Promise<number> {
  const found = await expirations(await presentPlan(flags), Date.now())
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : describe(found))
  const ending = [...found.certificates, ...found.certificateAuthorities].filter(
    one => !one.missing && one.residualTime * 1000 <= flags['expires-within'],
  )
  for (const { name, residualTime } of ending)
    process.stderr.write(`${name} ${residualTime <= 0 ? 'has expired' : 'expires soon'}\n`)
  return ending.length > 0 ? 1 : 0
}

/** kubeadm's two tables. */
function describe(found: CertificateExpirationInfo): string {
  const certificates = formatTable(
    ['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'],
    found.certificates.map(one =>
      one.missing ? [missing(one)] : [one.name, ...end(one), one.caName ?? '', yesOrNo(one.externallyManaged)],
    ),
  )
  const authorities = formatTable(
    ['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'],
    found.certificateAuthorities.map(one =>
      one.missing ? [missing(one)] : [one.name, ...end(one), yesOrNo(one.externallyManaged)],
    ),
  )
  return `${certificates}\n${authorities}`
}

const missing = ({ name }: CertificateExpiration) => `!MISSING! ${name}`
const yesOrNo = (value: boolean) => (value ? 'yes' : 'no')
const end = (one: CertificateExpiration) => [date(one.expirationDate ?? ''), humanDuration(one.residualTime * 1000)]

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Nov 26, 2027 01:25 UTC` */
function date(rfc3339: string): string {
  const [, year, month, day, time] = /^(\d+)-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(rfc3339) ?? []
  return `${months[Number(month) - 1]} ${day}, ${year} ${time} UTC`
}
