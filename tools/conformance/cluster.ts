import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')

export interface TestCluster extends AsyncDisposable {
  kubeconfig: string
}

/**
 * A cluster of two nodes, of this checkout's kubets, in a folder of its own. `images` is an archive that its nodes get; a
 * cluster that has it gets a DNS of its own too.
 */
export async function startTestCluster(runtime: string, images?: string): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-conformance-'))
  const kubets = (...args: string[]) => run(process.execPath, [main, ...args, '--dir', folder])
  const stop = async () => {
    await kubets('reset').catch(() => kubets('down'))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await kubets('up', '--detach', '--nodes', '2', '--runtime', runtime)
    if (images !== undefined) {
      await kubets('image', 'load', images)
      await installClusterDns(folder)
    }
    return { kubeconfig: join(folder, 'kubeconfig'), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
}

async function installClusterDns(folder: string): Promise<void> {
  const kubectl = (...args: string[]) => run(process.execPath, [main, 'kubectl', '--dir', folder, ...args])
  const { stdout: first } = await kubectl('get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}')
  const manifest = await readFile(join(import.meta.dirname, 'cluster-dns.yaml'), 'utf8')
  const file = join(folder, 'cluster-dns.yaml')
  await writeFile(file, manifest.replace('CLUSTER_DNS', first.replace(/\d+$/, '10')))
  await kubectl('apply', '-f', file)
  await kubectl('rollout', 'status', 'deployment/coredns', '-n', 'kube-system', '--timeout', '120s')
}
