import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubeconfig, openClusterPki } from '@kubets/pki'
import { address, parseCidr } from '../network/index.ts'
import type { ClusterLayout } from './service-specs.ts'

/** Makes (or finds) every certificate and kubeconfig file of the cluster. */
export async function prepareCredentials({ directory, config, plan }: ClusterLayout): Promise<void> {
  const pki = await openClusterPki(directory.file('pki'))
  const fake = config.runtime === 'fake'
  const inside = `https://${fake || config.nodes.length === 0 ? '127.0.0.1' : plan.hostAddress}:${config.port}`
  const write = async (path: string, server: string, user: string, cert: { cert: string; key: string }) => {
    const text = kubeconfig({ server, ca: pki.authority.cert, user: { name: user, ...cert } })
    await writeFile(`${path}.new`, text, { mode: 0o600 })
    await chmod(`${path}.new`, 0o600)
    await rename(`${path}.new`, path)
  }
  await Promise.all([
    pki.signingKey(),
    pki.issue('apiserver', {
      commonName: 'kube-apiserver',
      usages: ['server'],
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      ipAddresses: ['127.0.0.1', plan.hostAddress, address(parseCidr(config.ranges.services), 1)],
    }),
    pki.issue('apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    pki
      .issue('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] })
      .then(pair => write(directory.file('kubeconfig'), `https://127.0.0.1:${config.port}`, 'kubernetes-admin', pair)),
    pki
      .issue('scheduler', { commonName: 'system:kube-scheduler', usages: ['client'] })
      .then(pair =>
        write(directory.file('scheduler.conf'), `https://127.0.0.1:${config.port}`, 'system:kube-scheduler', pair),
      ),
    pki
      .issue('controller-manager', { commonName: 'system:kube-controller-manager', usages: ['client'] })
      .then(pair =>
        write(
          directory.file('controller-manager.conf'),
          `https://127.0.0.1:${config.port}`,
          'system:kube-controller-manager',
          pair,
        ),
      ),
    pki
      .issue('service-proxy', { commonName: 'system:kube-proxy', usages: ['client'] })
      .then(pair => write(directory.file('service-proxy.conf'), inside, 'system:kube-proxy', pair)),
    ...plan.nodes.map(async node => {
      await mkdir(node.directory, { recursive: true })
      await pki.issue(`kubelet-${node.name}`, {
        commonName: `system:node:${node.name}`,
        organizations: ['system:nodes'],
        usages: ['server'],
        dnsNames: [node.name],
        ipAddresses: [fake ? '127.0.0.1' : node.address],
      })
      const pair = await pki.issue(`kubelet-client-${node.name}`, {
        commonName: `system:node:${node.name}`,
        organizations: ['system:nodes'],
        usages: ['client'],
      })
      await write(join(node.directory, 'kubelet.conf'), inside, `system:node:${node.name}`, pair)
    }),
  ])
}
