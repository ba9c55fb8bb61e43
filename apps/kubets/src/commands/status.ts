import type { Node } from '@kubets/api-types'
import { createClient, loadKubeconfig, resources } from '@kubets/client'
import { type ClusterDirectory, isAlive, openClusterDirectory } from '../cluster-directory/index.ts'
import { formatTable } from '../terminal/table.ts'
import { command, dirFlag } from './command.ts'

interface Status {
  directory: string
  running: boolean
  server: string
  apiServer: string
  runtime: string
  storage: string
  services: { name: string; pid: number; running: boolean }[]
  nodes: { name: string; ready: boolean; address: string }[]
}

export const status = command({
  usage: 'status [flags]',
  summary: 'Show what runs of the cluster. Exit code 1 when it is not up and healthy.',
  flags: {
    ...dirFlag,
    output: { type: 'string', short: 'o', default: 'table', choices: ['table', 'json'], help: 'Form of the answer.' },
  },
  async run({ flags }) {
    const directory = await openClusterDirectory(flags.dir, { create: false })
    const found = await readStatus(directory)
    process.stdout.write(flags.output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : describe(found))
    const healthy =
      found.running &&
      found.apiServer === 'ready' &&
      found.services.every(s => s.running) &&
      found.nodes.every(n => n.ready)
    return healthy ? 0 : 1
  },
})

async function readStatus(directory: ClusterDirectory): Promise<Status> {
  const { config } = directory
  const { supervisor: _, ...processes } = await directory.processes()
  const services = await Promise.all(
    Object.entries(processes).map(async ([name, process]) => ({
      name,
      pid: process.pid,
      running: await isAlive(process),
    })),
  )
  return {
    directory: directory.path,
    running: (await directory.supervisor()) !== undefined,
    server: `https://127.0.0.1:${config?.port}`,
    runtime: config?.runtime ?? '',
    storage: config?.storage ?? '',
    services,
    ...(await askApiServer(directory)),
  }
}

async function askApiServer(directory: ClusterDirectory): Promise<Pick<Status, 'apiServer' | 'nodes'>> {
  const unknown = (directory.config?.nodes ?? []).map(name => ({ name, ready: false, address: '' }))
  try {
    await using client = createClient(await loadKubeconfig({ file: directory.file('kubeconfig') }))
    const signal = AbortSignal.timeout(3_000)
    const { items } = await client.list<Node>(resources.nodes, { signal })
    const readiness = await client.raw('GET', '/readyz')
    return {
      apiServer: readiness.status === 200 ? 'ready' : `not ready: ${readiness.body.toString().trim()}`,
      nodes: items.map(node => ({
        name: node.metadata?.name ?? '',
        ready: node.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false,
        address: node.status?.addresses?.find(a => a.type === 'InternalIP')?.address ?? '',
      })),
    }
  } catch (error) {
    return { apiServer: `no answer: ${error instanceof Error ? error.message : String(error)}`, nodes: unknown }
  }
}

function describe(found: Status): string {
  const lines = [
    `Cluster in ${found.directory}: ${found.running ? 'up' : 'down'}`,
    `API server ${found.server}: ${found.apiServer}`,
    `Runtime ${found.runtime}, storage ${found.storage}`,
    '',
  ].join('\n')
  const services = formatTable(
    ['SERVICE', 'PID', 'STATE'],
    found.services.map(s => [s.name, String(s.pid), s.running ? 'running' : 'not running']),
  )
  const nodes = formatTable(
    ['NODE', 'STATE', 'ADDRESS'],
    found.nodes.map(n => [n.name, n.ready ? 'Ready' : 'NotReady', n.address]),
  )
  return `${lines}\n${found.services.length > 0 ? `${services}\n` : ''}${found.nodes.length > 0 ? nodes : ''}`
}
