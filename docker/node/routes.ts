import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Node } from '@kubets/api-types'
import { createClient, loadKubeconfig, resources, startInformer } from '@kubets/client'

/** Leads to the pods of all other nodes by way of those nodes: they are neighbours in the engine's network. */
export async function startRoutes(kubeconfig: string, own: string): Promise<AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  const client = undo.use(createClient(await loadKubeconfig({ file: kubeconfig })))
  const lead = ({ metadata, spec, status }: Node) => {
    const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
    if (metadata?.name === own || spec?.podCIDR === undefined || address === undefined) return
    promisify(execFile)('ip', ['route', 'replace', spec.podCIDR, 'via', address]).catch((error: Error) =>
      process.stderr.write(`no route to the pods of ${metadata?.name}: ${error.message}\n`),
    )
  }
  undo.use(startInformer<Node>({ client, ref: resources.nodes, handlers: { added: lead, updated: lead } }))
  return undo.move()
}
