import { type PullImageRequest, RpcError, rpcCode } from '@kubets/cri'
import { InvalidReferenceError, normalizeReference } from '../images/reference.ts'
import { isRegistryNotFound } from '../images/registry/errors.ts'
import { pullImage } from '../images/registry/pull.ts'
import type { ImageServiceOptions } from './image-service-options.ts'

/** Pulls an image with the credentials of the request; the answer is the image's id. */
export async function pullImageRpc(
  request: PullImageRequest,
  { store, dial, registries, logger, clock }: ImageServiceOptions,
  signal: AbortSignal,
): Promise<{ imageRef: string }> {
  const name = request.image?.image ?? ''
  const started = performance.now()
  try {
    const reference = normalizeReference(name)
    logger.info({ image: reference }, 'Pulling image')
    const record = await pullImage(store, reference, {
      auth: request.auth,
      registries,
      dial,
      signal,
      onProgress: progress => logger.trace({ image: reference, ...progress }, 'Pull progress'),
      ...(clock ? { clock } : {}),
    })
    const seconds = Math.round(performance.now() - started) / 1_000
    logger.info({ image: reference, id: record.id, size: record.size, seconds }, 'Pulled image')
    return { imageRef: record.id }
  } catch (error) {
    logger.info({ image: name, err: error }, 'Cannot pull image')
    throw toRpcError(error, name, signal)
  }
}

function toRpcError(error: unknown, name: string, signal: AbortSignal): RpcError {
  const message = error instanceof Error ? error.message : String(error)
  if (signal.aborted) return new RpcError(rpcCode.cancelled, 'context canceled', { cause: error })
  if (error instanceof InvalidReferenceError)
    return new RpcError(rpcCode.invalidArgument, `failed to parse image reference "${name}": ${message}`, {
      cause: error,
    })
  return new RpcError(isRegistryNotFound(error) ? rpcCode.notFound : rpcCode.unknown, message, { cause: error })
}
