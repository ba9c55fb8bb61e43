import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'

/** What every api-server of a run is started with, and what its clients show. */
export async function prepareApiServers(folder: string) {
  const authority = await createCertificateAuthority('kubernetes')
  const [serving, admin] = await Promise.all([
    issueCertificate(authority, { commonName: 'kube-apiserver', ipAddresses: ['127.0.0.1'], usages: ['server'] }),
    issueCertificate(authority, { commonName: 'admin', organizations: ['system:masters'], usages: ['client'] }),
  ])
  const file = (name: string) => join(folder, name)
  await Promise.all([
    writeFile(file('ca.crt'), authority.cert),
    writeFile(file('tls.crt'), serving.cert),
    writeFile(file('tls.key'), serving.key),
  ])
  return {
    tls: { ca: authority.cert, ...admin },
    args: [
      '--bind-address=127.0.0.1',
      `--tls-cert-file=${file('tls.crt')}`,
      `--tls-private-key-file=${file('tls.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      '--disable-admission-plugins=ServiceAccount',
      // the whole history is compared at the end
      '--etcd-compaction-interval=0s',
    ],
  }
}
