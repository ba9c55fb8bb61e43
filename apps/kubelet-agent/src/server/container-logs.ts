import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Pod } from '@kubets/api-types'
import type { ContainerStatus } from '@kubets/cri'
import { allContainers } from '../container-config/env.ts'
import { type ReadLogOptions, readLog } from '../logs/read-log.ts'
import type { WorkerParts } from '../pod-worker/parts.ts'
import { HttpError } from './http-error.ts'

/** Which container's log is meant. Throws {@link HttpError} in upstream's words when there is none to read. */
export function logSource(parts: WorkerParts, pod: Pod, name: string, previous: boolean): ContainerStatus {
  const podName = pod.metadata?.name
  if (!allContainers(pod).some(container => container.name === name))
    throw new HttpError(404, `container ${JSON.stringify(name)} not found in pod ${JSON.stringify(podName)}`)
  const attempts = parts.runtime.state(pod.metadata?.uid ?? '').containers.filter(c => c.metadata?.name === name)
  const [latest, before] = attempts
  const started = (status: ContainerStatus | undefined) => status !== undefined && status.state !== 'CONTAINER_CREATED'
  if (previous) {
    const status = latest?.state === 'CONTAINER_EXITED' && waitingReason(parts, pod, name) === 'CrashLoopBackOff' ? latest : before
    if (status === undefined)
      throw new HttpError(400, `previous terminated container ${JSON.stringify(name)} in pod ${JSON.stringify(podName)} not found`)
    return status
  }
  const status = started(latest) ? latest : before
  if (status !== undefined) return status
  const reason = waitingReason(parts, pod, name)
  const why = reason === 'ErrImagePull' ? 'trying and failing to pull image' : reason === 'ImagePullBackOff' ? "image can't be pulled" : reason
  throw new HttpError(400, `container ${JSON.stringify(name)} in pod ${JSON.stringify(podName)} is waiting to start: ${why}`)
}

function waitingReason(parts: WorkerParts, pod: Pod, name: string): string {
  const status = parts.status.last(pod.metadata?.uid ?? '') ?? pod.status
  const found = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find(s => s.name === name)
  return found?.state?.waiting?.reason ?? 'ContainerCreating'
}

/** PodLogOptions from the query; throws {@link HttpError} 422 as upstream does. */
export function logOptions(query: URLSearchParams, now: number): Omit<ReadLogOptions, 'signal' | 'running'> & { previous: boolean } {
  const number = (name: string): number | undefined => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    if (!/^-?\d+$/.test(text)) throw new HttpError(400, `invalid ${name}: ${JSON.stringify(text)}`)
    return Number(text)
  }
  const bool = (name: string) => query.has(name) && !['false', '0'].includes(query.get(name) ?? '')
  const result: Omit<ReadLogOptions, 'signal' | 'running'> & { previous: boolean } = {
    previous: bool('previous'),
    follow: bool('follow'),
    timestamps: bool('timestamps'),
  }
  const tail = number('tailLines')
  if (tail !== undefined && tail < 0) throw new HttpError(422, 'tailLines: Invalid value: must be greater than or equal to 0')
  if (tail !== undefined) result.tailLines = tail
  const limit = number('limitBytes')
  if (limit !== undefined && limit < 1) throw new HttpError(422, 'limitBytes: Invalid value: must be greater than 0')
  if (limit !== undefined) result.limitBytes = limit
  const seconds = number('sinceSeconds')
  if (seconds !== undefined && seconds < 1) throw new HttpError(422, 'sinceSeconds: Invalid value: must be greater than 0')
  if (seconds !== undefined) result.since = now - seconds * 1_000
  const time = query.get('sinceTime')
  if (time) {
    const parsed = Date.parse(time)
    if (Number.isNaN(parsed)) throw new HttpError(400, `invalid sinceTime: ${JSON.stringify(time)}`)
    result.since = parsed
  }
  const stream = query.get('stream')?.toLowerCase()
  if (stream === 'stdout' || stream === 'stderr') result.stream = stream
  return result
}

/** Streams the log at the reader's pace. */
export async function sendLog(
  parts: WorkerParts,
  pod: Pod,
  name: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const { previous, ...options } = logOptions(query, parts.clock.now())
  const status = logSource(parts, pod, name, previous)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const signal = AbortSignal.any([gone.signal, parts.closing])
  const uid = pod.metadata?.uid ?? ''
  const running = () => parts.runtime.state(uid).containers.some(c => c.id === status.id && c.state === 'CONTAINER_RUNNING')
  const chunks = readLog(status.logPath, { ...options, running, signal })
  let first: IteratorResult<Buffer>
  try {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.flushHeaders()
    first = await chunks.next()
  } catch (error) {
    response.end(`failed to try resolving symlinks in path ${JSON.stringify(status.logPath)}: ${(error as Error).message}\n`)
    return
  }
  for (let next = first; !next.done && !signal.aborted; next = await chunks.next())
    if (!response.write(next.value)) await once(response, 'drain', { signal }).catch(() => undefined)
  await chunks.return(undefined)
  response.end()
}
