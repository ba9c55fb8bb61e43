import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { identities, kubeconfig, kubernetesServiceNames, openClusterPki } from '@kubets/pki'

// pki --directory=FOLDER: the certificates and kubeconfig files of a control plane whose services find each other by Docker's DNS.
// What is there and still fits is kept, so it runs before every start; nothing binds kubeadm:cluster-admins here, as after `kubets pki init`.
const { values } = parseArgs({
  options: {
    directory: { type: 'string', default: '/pki' },
    /** The api-server as its neighbours name it. */
    host: { type: 'string', default: 'api-server' },
    port: { type: 'string', default: '6443' },
    /** The port on which the machine outside reaches it, on 127.0.0.1. */
    'published-port': { type: 'string', default: '6443' },
    /** First address of --service-cluster-ip-range: what pods call `kubernetes.default`. */
    'service-ip': { type: 'string', default: '10.96.0.1' },
  },
})

const pki = await openClusterPki(values.directory)
await pki.signingKey()
await pki.issue(
  'apiserver',
  identities.apiServer({
    dnsNames: ['localhost', values.host, ...kubernetesServiceNames()],
    ipAddresses: ['127.0.0.1', values['service-ip']],
  }),
)
const admin = await pki.issue('admin', { ...identities.admin, organizations: ['system:masters'] })
const scheduler = await pki.issue('scheduler', identities.scheduler)
const manager = await pki.issue('controller-manager', identities.controllerManager)

const outside = `https://127.0.0.1:${values['published-port']}`
const inside = `https://${values.host}:${values.port}`
await write('admin.conf', outside, { name: 'kubernetes-admin', ...admin })
await write('scheduler.conf', inside, { name: 'system:kube-scheduler', ...scheduler })
await write('controller-manager.conf', inside, { name: 'system:kube-controller-manager', ...manager })
process.stdout.write(`certificates and kubeconfig files are in ${values.directory}\n`)

async function write(name: string, server: string, user: { name: string; cert: string; key: string }) {
  const text = kubeconfig({ server, ca: pki.authority.cert, user })
  await writeFile(join(values.directory, name), text, { mode: 0o600 })
}
