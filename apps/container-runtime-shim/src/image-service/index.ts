/** CRI's `ImageService` over the image store, one RPC a file. */
import type { ImageService } from '@kubets/cri'
import { imageFsInfo } from './image-fs-info.ts'
import type { ImageServiceOptions } from './image-service-options.ts'
import { imageStatus } from './image-status.ts'
import { listImages } from './list-images.ts'
import { pullImageRpc } from './pull-image.ts'
import { removeImage } from './remove-image.ts'

export type { ImageServiceOptions } from './image-service-options.ts'

export function createImageService(options: ImageServiceOptions): ImageService {
  return {
    listImages: async request => listImages(request, options),
    async *streamImages(request) {
      // small messages keep the reader's pace; CRI leaves their size to the runtime
      const { images } = listImages(request, options)
      for (let at = 0; at < images.length; at += 100) yield { images: images.slice(at, at + 100) }
    },
    imageStatus: async request => imageStatus(request, options),
    pullImage: (request, { signal }) => pullImageRpc(request, options, signal),
    removeImage: request => removeImage(request, options),
    imageFsInfo: async () => imageFsInfo(options),
  }
}
