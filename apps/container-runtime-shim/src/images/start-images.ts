import { type Logger, silentLogger } from '@kubets/component'
import { createImageService } from '../image-service/index.ts'
import { serveImageAdmin } from './admin-server.ts'
import type { Images } from './contract.ts'
import { type Dial, directDial, pullerDial } from './registry/dial.ts'
import type { RegistryConfig } from './registry/hosts.ts'
import { openImageStore, type WritableImageStore } from './store.ts'

export interface StartImagesOptions {
  /** Folder of the store. */
  root: string
  /** `unix:///…` of a puller in a namespace that reaches out (`puller-main.ts`). Default: this process dials itself. */
  puller?: string
  registries?: RegistryConfig
  /** Unix socket for what CRI has no method for (`POST /images/load`). Default: none is served. */
  adminSocket?: string
  logger?: Logger
  /** Command line of the process that unpacks layers. */
  unpackCommand?: readonly string[]
}

/** The store, the CRI service over it and the admin socket. */
export async function startImages(options: StartImagesOptions): Promise<Images & { store: WritableImageStore }> {
  const logger = options.logger ?? silentLogger()
  await using undo = new AsyncDisposableStack()
  const store = undo.use(
    await openImageStore({
      root: options.root,
      ...(options.unpackCommand ? { unpackCommand: options.unpackCommand } : {}),
    }),
  )
  const dial: Dial =
    options.puller === undefined ? directDial() : pullerDial(options.puller.replace(/^unix:(\/\/)?/, ''))
  const service = createImageService({ store, dial, registries: options.registries ?? {}, logger })
  if (options.adminSocket !== undefined) {
    const admin = await serveImageAdmin({ socket: options.adminSocket, store, logger })
    undo.defer(() => admin.stop())
  }
  const all = undo.move()
  return { store, service, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
