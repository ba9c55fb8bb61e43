import type { Image, ListImagesRequest } from '@kubets/cri'
import { toCriImage } from './cri-image.ts'
import type { ImageServiceOptions } from './image-service-options.ts'

/** All images, or the one that the filter names. */
export function listImages(request: ListImagesRequest, { store }: ImageServiceOptions): { images: Image[] } {
  const wanted = request.filter?.image?.image
  if (!wanted) return { images: store.list().map(toCriImage) }
  const record = store.resolve(wanted)
  return { images: record === undefined ? [] : [toCriImage(record)] }
}
