import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { createClient, followKubeconfig } from '@kubets/client'
import { CertificateFiles, type FlagValues, type Logger, type Running, UsageError } from '@kubets/component'
import type { serviceProxyFlags } from './flags.ts'
import { checkCidrs, primary } from './node-addresses.ts'
import type { ServiceProxyOptions } from './options.ts'
import { startServiceProxy } from './start-service-proxy.ts'

type Flags = FlagValues<typeof serviceProxyFlags>

/** The proxy as its command line says, with a client of its own. */
export async function startServiceProxyFromFlags(flags: Flags, logger: Logger): Promise<Running> {
  const settings = optionsFrom(flags)
  if (flags.kubeconfig === undefined) throw new UsageError('--kubeconfig is needed: how to connect to the API server')
  const stopping = new AbortController()
  const certificateFiles = new CertificateFiles({ logger, signal: stopping.signal })
  const config = await followKubeconfig({
    file: flags.kubeconfig,
    userAgent: 'kube-proxy/v1.36.0+kubets',
    files: certificateFiles,
    ...(flags.master === undefined ? {} : { override: { server: flags.master } }),
  })
  const client = createClient(config)
  const proxy = await startServiceProxy({ ...settings, client, certificateFiles, logger })
  return {
    async stop() {
      await proxy.stop()
      await client[Symbol.asyncDispose]()
      stopping.abort()
    },
  }
}

function optionsFrom(flags: Flags): Omit<ServiceProxyOptions, 'client'> {
  checkCidrs('cluster-cidr', flags['cluster-cidr'])
  const nodePortAddresses = flags['nodeport-addresses']
  if (!(nodePortAddresses.length === 1 && nodePortAddresses[0] === primary))
    checkCidrs('nodeport-addresses', nodePortAddresses)
  const nodeIp = flags['bind-address']
  if (isIP(nodeIp) === 0) throw new UsageError(`--bind-address must be an IP address, not ${JSON.stringify(nodeIp)}`)
  const bit = flags['iptables-masquerade-bit']
  if (bit < 0 || bit > 31)
    throw new UsageError(`--iptables-masquerade-bit must be within the range [0, 31], not ${bit}`)
  const health = listenAt('healthz-bind-address', flags['healthz-bind-address'])
  const metrics = listenAt('metrics-bind-address', flags['metrics-bind-address'])
  return {
    nodeName: (flags['hostname-override'] || hostname()).trim().toLowerCase(),
    clusterCidrs: flags['cluster-cidr'],
    nodePortAddresses,
    ...(/^[0.:]+$/.test(nodeIp) ? {} : { nodeIp }),
    masqueradeAll: flags['masquerade-all'],
    masqueradeBit: bit,
    minSyncPeriod: flags['iptables-min-sync-period'],
    syncPeriod: flags['iptables-sync-period'],
    ...(health ? { health } : {}),
    ...(metrics ? { metrics } : {}),
  }
}

/** `0.0.0.0:10256`, `[::]:10256`; '' is nowhere. */
function listenAt(flag: string, text: string): { host: string; port: number } | undefined {
  if (text === '') return undefined
  const found = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  if (found === null) throw new UsageError(`--${flag} must be an address and a port such as 0.0.0.0:10256, not ${text}`)
  return { host: (found[1] ?? found[2]) as string, port: Number(found[3]) }
}
