import { type Logger, type Running, running, silentLogger } from '@kubets/component'
import { createFakeRuntime, serveCri } from '@kubets/cri'
import { instrument, type MethodObserver } from './instrument.ts'

export interface FakeRuntimeShimOptions {
  /** Unix socket of the CRI, with or without `unix://`. */
  listen: string
  /** Where pods and containers are kept for the next start. */
  directory?: string
  /** Addresses of pods. Default `10.244.0.0/24`. */
  podCidr?: string
  observer?: MethodObserver
  log?: Logger
}

/** CRI v1 without processes: the service that {@link startContainerRuntimeShim} is on machines that can run containers. */
export async function startFakeRuntimeShim(options: FakeRuntimeShimOptions): Promise<Running> {
  const log = options.log ?? silentLogger()
  await using undo = new AsyncDisposableStack()
  const fake = undo.use(
    await createFakeRuntime({
      ...(options.directory ? { directory: options.directory } : {}),
      ...(options.podCidr ? { podCidr: options.podCidr } : {}),
    }),
  )
  const { [Symbol.asyncDispose]: _, ...methods } = fake
  const service = instrument(methods, log, options.observer)
  undo.use(await serveCri({ socket: options.listen, runtime: service, image: service }))
  log.info({ listen: options.listen }, 'Serving CRI v1 without processes')
  return running(undo.move())
}
