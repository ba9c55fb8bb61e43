import { X509Certificate } from 'node:crypto'
import { readIfThere } from '../pem-files.ts'
import type { PkiPlan } from '../plan/contract.ts'
import { readAuthority } from './authorities.ts'
import { readCertificate } from './stored-certificate.ts'

/** As kubeadm's output of this kind. */
export interface CertificateExpiration {
  name: string
  /** RFC 3339, whole seconds; null where it is missing. */
  expirationDate: string | null
  /** Seconds; negative once it has expired. */
  residualTime: number
  externallyManaged: boolean
  caName?: string
  missing: boolean
}

export interface CertificateExpirationInfo {
  kind: 'CertificateExpirationInfo'
  apiVersion: 'output.kubeadm.k8s.io/v1alpha3'
  certificates: CertificateExpiration[]
  certificateAuthorities: CertificateExpiration[]
}

/** When what ends. @throws Error for files that cannot be read. */
export async function expirations(plan: PkiPlan, now: number): Promise<CertificateExpirationInfo> {
  const external = new Map<string, boolean>()
  const certificateAuthorities = await Promise.all(
    plan.authorities.map(async definition => {
      const authority = await readAuthority(definition)
      external.set(definition.name, authority !== undefined && authority.key === undefined)
      return describe(definition.name, authority?.cert, now, { externallyManaged: external.get(definition.name) })
    }),
  )
  const certificates = await Promise.all(
    plan.certificates.map(async definition => {
      // a certificate whose key is kept elsewhere ends as well
      const alone = definition.files === undefined ? undefined : await readIfThere(`${definition.files}.crt`)
      const cert = alone ?? (definition.files === undefined ? (await readCertificate(definition))?.cert : undefined)
      return describe(definition.name, cert, now, {
        externallyManaged: external.get(definition.authority),
        caName: definition.authority,
      })
    }),
  )
  return {
    kind: 'CertificateExpirationInfo',
    apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
    certificates: certificates.sort(byName),
    certificateAuthorities: certificateAuthorities.sort(byName),
  }
}

function describe(
  name: string,
  cert: string | undefined,
  now: number,
  more: { externallyManaged: boolean | undefined; caName?: string },
): CertificateExpiration {
  if (cert === undefined)
    return { name, expirationDate: null, residualTime: 0, externallyManaged: false, missing: true }
  let end: number
  try {
    end = new X509Certificate(cert).validToDate.getTime()
  } catch (cause) {
    throw new Error(`${name}: the certificate cannot be read`, { cause })
  }
  return {
    name,
    expirationDate: new Date(end).toISOString().replace('.000Z', 'Z'),
    residualTime: Math.trunc((end - now) / 1000),
    externallyManaged: more.externallyManaged ?? false,
    ...(more.caName === undefined ? {} : { caName: more.caName }),
    missing: false,
  }
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
