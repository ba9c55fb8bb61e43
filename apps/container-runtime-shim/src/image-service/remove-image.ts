import { type RemoveImageRequest, RpcError, rpcCode } from '@kubets/cri'
import type { ImageServiceOptions } from './image-service-options.ts'

/**
 * Removes the image that a reference names, with all its names: the kubelet's garbage collection counts on the space.
 * Idempotent. Containers that are made of it keep their layers.
 */
export async function removeImage(
  request: RemoveImageRequest,
  { store, logger }: ImageServiceOptions,
): Promise<Record<never, never>> {
  const reference = request.image?.image
  if (!reference) throw new RpcError(rpcCode.invalidArgument, 'image spec is required')
  const record = store.resolve(reference)
  if (record === undefined) return {}
  await store.remove(record.id)
  logger.info({ image: reference, id: record.id }, 'Removed image')
  return {}
}
