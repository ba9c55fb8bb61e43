import type { Container, Pod } from '@kubets/api-types'
import type { Image } from '@kubets/cri'
import type { ImageUser } from '../container-config/security-context.ts'
import { containerReference, type WorkerParts } from './parts.ts'

export interface PresentImage {
  /** What the container is made of. */
  ref: string
  user: ImageUser
}

/** No image, no container; `reason` is the container's waiting reason. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'ImageInspectError' | 'InvalidImageName'
  /** Milliseconds until it is worth trying again. */
  readonly retryAfter: number | undefined
  constructor(reason: ImageError['reason'], message: string, retryAfter?: number) {
    super(message)
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

/** Always for `:latest` and no tag, else IfNotPresent: the API's default, for pods that lack it. */
function pullPolicy({ image = '', imagePullPolicy }: Container): string {
  if (imagePullPolicy) return imagePullPolicy
  return /@/.test(image) || (/:[^/]+$/.test(image) && !image.endsWith(':latest')) ? 'IfNotPresent' : 'Always'
}

/** Milliseconds after a failed pull until it is shown as ImagePullBackOff. */
const showBackOffAfter = 2_000

/** The image on this node, pulled if the policy says so. Throws {@link ImageError}. */
export async function ensureImage(
  parts: WorkerParts,
  pod: Pod,
  container: Container,
  signal: AbortSignal,
): Promise<PresentImage> {
  const { cri, clock, recorder, imageBackOff } = parts
  const name = container.image ?? ''
  const reference = containerReference(pod, container)
  const policy = pullPolicy(container)
  const spec = { image: name, userSpecifiedImage: name, runtimeHandler: '', annotations: {}, imageRef: '' }
  let found: Image | null
  try {
    found = (await cri.imageStatus({ image: spec }, { signal })).image
  } catch (error) {
    const message = `Failed to inspect image ${JSON.stringify(name)}: ${(error as Error).message}`
    recorder.event(reference, 'Warning', 'InspectFailed', message)
    throw new ImageError('ImageInspectError', message)
  }
  if (found !== null && policy !== 'Always') {
    recorder.event(
      reference,
      'Normal',
      'Pulled',
      `Container image ${JSON.stringify(name)} already present on machine and can be accessed by the pod`,
    )
    return presentImage(found)
  }
  if (policy === 'Never') {
    const message = `Container image ${JSON.stringify(name)} is not present with pull policy of Never`
    recorder.event(reference, 'Warning', 'ErrImageNeverPull', message)
    throw new ImageError('ErrImageNeverPull', message)
  }
  const key = `${pod.metadata?.uid}_${name}`
  const last = parts.imageFailures
  const failure = last.get(key)
  const wait = failure === undefined ? 0 : imageBackOff.remaining(key, failure.at, clock.now())
  if (failure !== undefined && wait > 0) {
    recorder.event(reference, 'Normal', 'BackOff', `Back-off pulling image ${JSON.stringify(name)}`)
    throw new ImageError(
      'ImagePullBackOff',
      `Back-off pulling image ${JSON.stringify(name)}: ErrImagePull: ${failure.message}`,
      wait,
    )
  }
  recorder.event(reference, 'Normal', 'Pulling', `Pulling image ${JSON.stringify(name)}`)
  const began = clock.now()
  try {
    await cri.pullImage({ image: spec, auth: null }, { signal, timeoutMs: 0 })
    found = (await cri.imageStatus({ image: spec }, { signal })).image
    if (found === null) throw new Error(`the runtime has no image ${name} after it has pulled it`)
  } catch (error) {
    if (signal.aborted) throw error
    const message = (error as Error).message
    const at = clock.now()
    recorder.event(reference, 'Warning', 'Failed', `Failed to pull image ${JSON.stringify(name)}: ${message}`)
    imageBackOff.next(key, at)
    last.set(key, { at, message })
    throw new ImageError('ErrImagePull', message, showBackOffAfter)
  }
  last.delete(key)
  const took = goDuration(clock.now() - began)
  recorder.event(
    reference,
    'Normal',
    'Pulled',
    `Successfully pulled image ${JSON.stringify(name)} in ${took} (${took} including waiting). Image size: ${found.size} bytes.`,
  )
  return presentImage(found)
}

function presentImage(image: Image): PresentImage {
  const uid = image.uid === null ? undefined : Number(image.uid.value)
  // an image that names nobody runs as root
  return { ref: image.id, user: { uid: uid ?? (image.username === '' ? 0 : undefined), username: image.username } }
}

/** Go's notation: `350ms`, `2.5s`, `1m10s`. */
export function goDuration(ms: number): string {
  if (ms < 1_000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  const seconds = `${(ms - minutes * 60_000) / 1_000}s`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

export function forgetImages(parts: WorkerParts, pod: Pod): void {
  for (const key of [...parts.imageFailures.keys()])
    if (key.startsWith(`${pod.metadata?.uid}_`)) {
      parts.imageFailures.delete(key)
      parts.imageBackOff.forget(key)
    }
}
