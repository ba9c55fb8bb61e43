import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { kubeconfig, openClusterPki } from '@kubets/pki'
import { clusterCertificates } from './cluster-certificates.ts'
import type { ClusterLayout } from './service-specs.ts'

/** Makes (or finds) every certificate and kubeconfig file of the cluster. */
export async function prepareCredentials(layout: ClusterLayout): Promise<void> {
  const pki = await openClusterPki(layout.directory.file('pki'))
  await Promise.all([
    pki.signingKey(),
    ...clusterCertificates(layout).certificates.map(async ({ name, request, kubeconfig: conf }) => {
      const pair = await pki.issue(name, request)
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
