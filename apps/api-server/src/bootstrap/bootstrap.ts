import { sleep } from '@kubets/component'
import { apiServices } from './api-services.ts'
import { clusterAuthentication } from './cluster-authentication.ts'
import { createMissing } from './create-missing.ts'
import { flowControl } from './flow-control.ts'
import { identityLease } from './identity-lease.ts'
import { kubernetesService } from './kubernetes-service.ts'
import { legacyTokenTracking } from './legacy-token-tracking.ts'
import type { BootstrapOptions, BootstrapPart } from './part.ts'
import { priorityClasses } from './priority-classes.ts'
import { rbacPolicy } from './rbac.ts'
import { systemNamespaces } from './system-namespaces.ts'

/** How often the parts look whether all is still true. */
const checkEvery = 10_000

const parts = ({ rbac }: BootstrapOptions): readonly BootstrapPart[] => [
  systemNamespaces,
  kubernetesService(),
  priorityClasses,
  flowControl(),
  ...(rbac ? [rbacPolicy()] : []),
  apiServices,
  clusterAuthentication,
  identityLease(),
  legacyTokenTracking(),
]

/** The objects that every cluster has from the start, and the loop that keeps them true. */
export async function bootstrap(options: BootstrapOptions): Promise<AsyncDisposable> {
  const { rest } = options
  const all = parts(options)
  await createMissing(
    rest,
    all.flatMap(part => part.objects?.(options) ?? []),
  )
  for (const part of all) await part.keep?.(options)

  const stop = new AbortController()
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await sleep(checkEvery, stop.signal, rest.clock)
      for (const part of all) {
        if (stop.signal.aborted) return
        await part
          .keep?.(options)
          .catch(error => rest.logger.warn({ err: error }, 'Objects that every cluster has were not checked'))
      }
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await loop
      for (const part of all)
        await part
          .stop?.(options)
          .catch(error => rest.logger.warn({ err: error }, 'Objects of this api-server were not taken back'))
    },
  }
}
