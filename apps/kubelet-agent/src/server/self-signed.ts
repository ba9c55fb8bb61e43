import type { KubeletSettings } from '../options.ts'

/** A serving certificate by an authority that is thrown away at once: who wants to verify it gives one by flag. */
export async function selfSigned({ nodeName, nodeIp }: KubeletSettings): Promise<{ cert: string; key: string }> {
  const { createCertificateAuthority, issueCertificate } = await import('@kubets/pki')
  const authority = await createCertificateAuthority(`${nodeName}-ca`)
  return issueCertificate(authority, {
    commonName: nodeName,
    dnsNames: [nodeName],
    ipAddresses: [nodeIp],
    usages: ['server'],
  })
}
