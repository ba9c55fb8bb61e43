import { execFile } from 'node:child_process'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readCommandLine } from '@kubets/component/plain'
import { loadImage } from '../../apps/container-runtime-shim/src/images/load-client.ts'
import { emptyCgroup } from '../../apps/kubets/src/cluster/cgroups.ts'
import { readResolvConf, startDnsForwarder } from '../../apps/kubets/src/cluster/node-dns.ts'
import { buildBusyboxImage } from '../../apps/kubets/src/images/busybox-image/index.ts'
import { cniConfig } from '../../apps/kubets/src/network/cni-config.ts'
import { startRoutes } from './routes.ts'
import { nodeServices, resolvConf, sockets } from './services.ts'
import { startService } from './start-service.ts'

const {
  values: flags,
  positionals,
  refuse,
} = readCommandLine({
  command: 'node',
  about: `A worker node in a container: container-runtime-shim, kubelet-agent and service-proxy, each a process of its own.
'node load FILE|-' gives it an image archive, of 'docker save' for instance.`,
  positionals: '[load FILE|-]',
  flags: {
    'kubernetes-dir': {
      type: 'string',
      default: '/etc/kubernetes',
      help: "Holds what 'pki' gives a node: kubelet.conf, kubelet.crt and .key, ca.crt, service-proxy.conf.",
    },
    'state-dir': {
      type: 'string',
      default: '/var/lib/node',
      help: 'What outlives the container: images, volumes, writable layers.',
    },
    'pod-cidr': { type: 'string', default: '10.244.1.0/24', help: 'Addresses of its pods.' },
    'cluster-cidr': { type: 'string', default: '10.244.0.0/16', help: 'Addresses of the pods of all nodes.' },
    'cluster-dns': { type: 'string', default: '10.96.0.10', help: "The address of the cluster's DNS." },
  },
  examples: ['node --pod-cidr=10.244.2.0/24', 'docker save IMAGE | docker compose exec -T node-1 node load -'],
})
const run = promisify(execFile)
/** What containers get between SIGTERM and SIGKILL. */
const containerGrace = 3_000

if (positionals[0] === 'load') await load(positionals[1] ?? '-')
else if (positionals[0] !== undefined) refuse(`unknown command: ${positionals[0]}`)
else await runNode()

async function load(archive: string): Promise<void> {
  for (const { references, id } of await loadImage(sockets.images, archive === '-' ? process.stdin : archive))
    process.stdout.write(`loaded ${references.join(', ') || id}\n`)
  process.exit()
}

async function runNode(): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve())
  })
  const [name, address] = [hostname(), ownAddress()]
  const {
    'state-dir': stateFolder,
    'kubernetes-dir': kubernetes,
    'pod-cidr': podCidr,
    'cluster-cidr': clusterCidr,
  } = flags
  const state = (folder: string) => join(stateFolder, folder)
  await using undo = new AsyncDisposableStack()

  const cgroup = (await run(join(import.meta.dirname, 'prepare-node.sh'))).stdout.trim()
  await Promise.all(
    ['/run/kubets', '/etc/cni/net.d', state('kubelet'), state('images')].map(path => mkdir(path, { recursive: true })),
  )
  await writeFile('/etc/cni/net.d/10-kubets.conflist', cniConfig({ podCidr }, state('cni')))
  await masquerade(clusterCidr)
  // the engine's resolver listens on loopback, where no pod reaches it
  undo.use(await startDnsForwarder({ address, servers: async () => (await readResolvConf()).servers }))
  const { options } = await readResolvConf()
  await writeFile(resolvConf, [`nameserver ${address}`, ...options, ''].join('\n'))

  const services = nodeServices({
    ...{ name, address, podCidr, clusterCidr, cgroup, kubernetes, state: stateFolder },
    clusterDns: flags['cluster-dns'],
  })
  const start = async (service: keyof typeof services) => {
    const started = await startService(service, services[service])
    undo.defer(() => started.stop())
  }
  await start('container-runtime-shim')
  // the one image that is there without a registry, as in `kubets up`
  const busybox = state('images/busybox.tar')
  await access(busybox).catch(() => buildBusyboxImage({ output: busybox }))
  await loadImage(sockets.images, busybox)
  // after the kubelet and before the runtime, so that it is on record how they ended
  undo.defer(async () => {
    await emptyCgroup(`${cgroup}/kubepods`, containerGrace)
    await emptyCgroup(cgroup, 500)
  })
  await start('service-proxy')
  await start('kubelet-agent')
  undo.use(await startRoutes(join(kubernetes, 'service-proxy.conf'), name))
  process.stdout.write(`${name} serves pods of ${podCidr} at ${address}\n`)
  await stopped
  await undo.disposeAsync()
  process.exit()
}

function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find(one => one !== undefined && !one.internal && one.family === 'IPv4')
  if (found === undefined) throw new Error('this container has no network')
  return found.address
}

/** Of pods that call something outside of the cluster, this container's own address is seen: nobody there knows the way to a pod. */
async function masquerade(pods: string): Promise<void> {
  const rules = `table ip kubets-node {}
delete table ip kubets-node
table ip kubets-node {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr ${pods} ip daddr != ${pods} masquerade
  }
}`
  const nft = run('nft', ['-f', '-'])
  nft.child.stdin?.end(rules)
  await nft
}
