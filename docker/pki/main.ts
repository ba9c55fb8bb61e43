import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { identities, kubeconfig, kubernetesServiceNames, openClusterPki } from '@kubets/pki'
import { type Files, handOut } from './hand-out.ts'

const { values } = readCommandLine({
  command: 'pki',
  about: `The certificates and kubeconfig files of services that find each other by Docker's DNS. Authority and admin.conf stay in
--directory; each service gets a folder in --services with what it needs, and sees no other. What is there and still fits is
kept, so it runs before every start; nothing binds kubeadm:cluster-admins here, as after 'kubets pki init'.`,
  flags: {
    directory: { type: 'string', default: '/pki', help: 'Where authority and admin.conf stay.' },
    services: { type: 'string', default: '/services', help: "Where each service's folder is." },
    node: { type: 'list', help: 'Name of a worker node, which its neighbours know it by; may be repeated.' },
    host: { type: 'string', default: 'api-server', help: 'The api-server as its neighbours name it.' },
    port: { type: 'int', default: 6443, help: 'Its port there.' },
    'published-port': {
      type: 'int',
      default: 6443,
      help: 'The port on which the machine outside reaches it, on 127.0.0.1.',
    },
    'service-ip': {
      type: 'string',
      default: '10.96.0.1',
      help: "First address of --service-cluster-ip-range: what pods call 'kubernetes.default'.",
    },
  },
  examples: ['pki --node=node-1 --node=node-2 --published-port=7443'],
})
const masters = ['system:masters']
const outside = `https://127.0.0.1:${values['published-port']}`
const inside = `https://${values.host}:${values.port}`

const pki = await openClusterPki(values.directory)
const { authority } = pki
const ca: Files = { 'ca.crt': authority.cert }
const conf = (server: string, name: string, pair: { cert: string; key: string }) =>
  kubeconfig({ server, ca: authority.cert, user: { name, ...pair } })
const client = async (file: string, name: string, request: Parameters<typeof pki.issue>[1]): Promise<Files> => ({
  [`${file}.conf`]: conf(inside, request.commonName, await pki.issue(name, request)),
})
const pairOf = async (file: string, name: string, request: Parameters<typeof pki.issue>[1]): Promise<Files> => {
  const { cert, key } = await pki.issue(name, request)
  return { [`${file}.crt`]: cert, [`${file}.key`]: key }
}

const admin = await pki.issue('admin', { ...identities.admin, organizations: masters })
await handOut(values.directory, { 'admin.conf': conf(outside, 'kubernetes-admin', admin) })

const signing = await pki.signingKey()
const services: Record<string, Files> = {
  'api-server': {
    ...ca,
    ...(await pairOf(
      'apiserver',
      'apiserver',
      identities.apiServer({
        dnsNames: ['localhost', values.host, ...kubernetesServiceNames()],
        ipAddresses: ['127.0.0.1', values['service-ip']],
      }),
    )),
    ...(await pairOf('apiserver-kubelet-client', 'apiserver-kubelet-client', {
      ...identities.apiServerKubeletClient,
      organizations: masters,
    })),
    'sa.key': signing.key,
    'sa.pub': signing.publicKey,
  },
  scheduler: await client('scheduler', 'scheduler', identities.scheduler),
  'controller-manager': {
    ...(await client('controller-manager', 'controller-manager', identities.controllerManager)),
    ...ca,
    // it signs what nodes and people ask for
    'ca.key': authority.key,
  },
}
for (const node of values.node)
  services[node] = {
    ...ca,
    ...(await client('kubelet', `kubelet-client-${node}`, identities.kubeletClient(node))),
    // by name: the api-server asks Docker's DNS
    ...(await pairOf(
      'kubelet',
      `kubelet-${node}`,
      identities.kubeletServer(node, { dnsNames: [node], ipAddresses: [] }),
    )),
    ...(await client('service-proxy', 'service-proxy', identities.serviceProxy)),
  }
for (const [service, files] of Object.entries(services)) {
  const folder = join(values.services, service)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await handOut(folder, files)
}
process.stdout.write(`certificates and kubeconfig files are in ${values.directory} and ${values.services}\n`)
