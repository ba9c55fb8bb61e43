import { createHash } from 'node:crypto'
import { type Image, type ImageStatusRequest, RpcError, rpcCode } from '@kubets/cri'
import { toCriImage } from './cri-image.ts'
import type { ImageServiceOptions } from './image-service-options.ts'

/** An image that is not on the node is no error: the answer then holds none. */
export function imageStatus(
  request: ImageStatusRequest,
  { store }: ImageServiceOptions,
): { image: Image | null; info: Record<string, string> } {
  if (request.image === null) throw new RpcError(rpcCode.invalidArgument, 'image spec is required')
  const record = store.resolve(request.image.image)
  if (record === undefined) return { image: null, info: {} }
  const info: Record<string, string> = {}
  const document = store.document(record.id)
  if (request.verbose && document !== undefined)
    // the keys that `crictl inspecti` and its users read from containerd
    info.info = JSON.stringify({ chainID: chainID(document.rootfs.diff_ids), imageSpec: document })
  return { image: toCriImage(record), info }
}

/** OCI image-spec, config.md, "Layer ChainID". */
function chainID(diffIDs: readonly string[]): string {
  return diffIDs.reduce(
    (chain, diffID) =>
      chain === '' ? diffID : `sha256:${createHash('sha256').update(`${chain} ${diffID}`).digest('hex')}`,
    '',
  )
}
