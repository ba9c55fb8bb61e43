import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { type ClusterPki, kubeconfig, openClusterPki } from '@kubets/pki'
import { clusterCertificates } from './cluster-certificates.ts'
import type { ClusterLayout } from './service-specs.ts'

/** Makes (or finds) every certificate and kubeconfig file of the cluster. */
export async function prepareCredentials(layout: ClusterLayout): Promise<void> {
  const folder = layout.directory.file('pki')
  const { authorities, certificates } = clusterCertificates(layout)
  const opened = new Map<string, ClusterPki>()
  for (const { name, files, commonName } of authorities)
    opened.set(name, await openClusterPki(folder, { files: relative(folder, files), commonName }))
  await Promise.all([
    opened.get('ca')?.signingKey(),
    ...certificates.map(async ({ authority, files = '', request, kubeconfig: conf }) => {
      const pki = opened.get(authority) as ClusterPki
      const pair = await pki.issue(relative(folder, files), request)
      if (conf === undefined) return
      const user = { name: request.commonName, ...pair }
      await write(conf.path, kubeconfig({ server: conf.server, ca: pki.authority.cert, user }))
    }),
  ])
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await chmod(`${path}.new`, 0o600)
  await rename(`${path}.new`, path)
}
