import { issueCertificate } from '../certificates.ts'
import type { CertificateDefinition, PkiPlan } from '../plan/contract.ts'
import { signingAuthority } from './authorities.ts'
import type { IssueOptions } from './init.ts'
import { readCertificate, writeCertificate } from './stored-certificate.ts'

/** Makes one certificate. @throws Error where one stands, unless it is to be written over. */
export async function issueOne(
  plan: PkiPlan,
  certificate: CertificateDefinition,
  options: IssueOptions & { overwrite: boolean },
): Promise<void> {
  const authority = await signingAuthority(plan, certificate.authority)
  if (!options.overwrite && (await stands(certificate)))
    throw new Error(
      `${certificate.kubeconfig?.path ?? `${certificate.files}.crt`} exists: --overwrite makes a new one${plan.certificates.includes(certificate) ? `, 'kubets pki renew ${certificate.name}' renews it as it is` : ''}`,
    )
  const pair = await issueCertificate(authority, { ...certificate.request, ...options })
  await writeCertificate(certificate, pair, authority.cert)
}

/** Half of it or a damaged file count as well: nothing is written over unasked. */
async function stands(certificate: CertificateDefinition): Promise<boolean> {
  try {
    return (await readCertificate(certificate)) !== undefined
  } catch {
    return true
  }
}
