import type { FlagValues } from '@kubets/component/plain'
import { Interrupted } from '../cluster/interrupted.ts'
import { clusterLayout } from '../cluster/layout.ts'
import { resolveConfig } from '../cluster/resolve-config.ts'
import { runCluster } from '../cluster/run-cluster.ts'
import { controlPlanePrograms } from '../cluster/service-specs.ts'
import { claim, openClusterDirectory } from '../cluster-directory/index.ts'
import { preparePrivileges } from '../privileges/index.ts'
import { createProgress } from '../terminal/progress.ts'
import type { upFlags } from './up-flags.ts'

/** Brings a cluster up, keeps it up until a signal comes, and takes it down. */
export async function bringUp(flags: FlagValues<typeof upFlags>, given: ReadonlySet<string>): Promise<void> {
  // a reader that went away (a closed terminal, `| head`) does not end the cluster half-way
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const interrupted = new AbortController()
  const ended = new Promise<void>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => {
        interrupted.abort(new Interrupted())
        resolve()
      })
  })
  const detached = process.env.KUBETS_DETACHED === '1'
  const tell = (text: string) => {
    process.stdout.write(text)
    if (detached && process.connected) process.send?.({ text })
  }
  const progress = createProgress({ write: tell, isTTY: !detached && process.stdout.isTTY })
  const directory = await openClusterDirectory(flags.dir, { create: true })
  await claim(directory)
  const programs = await controlPlanePrograms(directory, directory.config?.storage ?? flags.storage)
  // beside what follows
  const privileges = preparePrivileges({ directory: directory.path, ...programs })
  const config = await resolveConfig(directory, flags, given, note => progress.note(note))
  interrupted.signal.throwIfAborted()
  const cluster = await runCluster(clusterLayout(directory, config), privileges, progress, interrupted.signal)
  tell(`\nexport KUBECONFIG=${directory.file('kubeconfig')}\n`)
  if (detached && process.connected) {
    process.send?.({ ready: true })
    process.disconnect()
  }
  ;(await import('node:module')).flushCompileCache()
  await ended
  if (!detached) process.stdout.write('\nStopping the cluster (its state stays)…\n')
  await cluster.stop()
}
