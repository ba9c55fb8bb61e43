import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')

export interface TestCluster extends AsyncDisposable {
  kubeconfig: string
}

/** A cluster of two nodes, of this checkout's kubets, in a folder of its own. `images` is an archive that its nodes get. */
export async function startTestCluster(runtime: string, images?: string): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-conformance-'))
  const kubets = (...args: string[]) => run(process.execPath, [main, ...args, '--dir', folder])
  const stop = async () => {
    await kubets('reset').catch(() => kubets('down'))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await kubets('up', '--detach', '--nodes', '2', '--runtime', runtime)
    if (images !== undefined) await kubets('image', 'load', images)
    return { kubeconfig: join(folder, 'kubeconfig'), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
}
