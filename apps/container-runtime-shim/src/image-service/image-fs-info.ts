import type { FilesystemUsage } from '@kubets/cri'
import type { ImageServiceOptions } from './image-service-options.ts'

/** What the images use. Containers' writable layers lie on the same file system, as with containerd. */
export function imageFsInfo({ store, clock }: ImageServiceOptions): {
  imageFilesystems: FilesystemUsage[]
  containerFilesystems: FilesystemUsage[]
} {
  const { used, inodes } = store.usage()
  const usage: FilesystemUsage = {
    timestamp: String(BigInt(clock?.now() ?? Date.now()) * 1_000_000n),
    fsId: { mountpoint: store.layersDir },
    usedBytes: { value: String(used) },
    inodesUsed: { value: String(inodes) },
  }
  return { imageFilesystems: [usage], containerFilesystems: [usage] }
}
