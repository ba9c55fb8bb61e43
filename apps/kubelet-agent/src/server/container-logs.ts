import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Pod } from '@kubets/api-types'
import { isNotFound } from '@kubets/cri'
import { parseLogOptions } from '../logs/log-options.ts'
import { readContainerLog } from '../logs/read-container-log.ts'
import { containerOfLog } from './containers.ts'
import type { StreamingRuntime } from './host.ts'
import { ServerRefusal } from './refusal.ts'

/** `/containerLogs/<namespace>/<pod>/<container>`: the log as it is, or as it comes. */
export async function serveContainerLogs(
  runtime: StreamingRuntime,
  pod: Pod,
  container: string,
  query: URLSearchParams,
  response: ServerResponse,
  now: number,
): Promise<void> {
  const options = parseLogOptions(query, now)
  const { spec, metadata } = pod
  const names = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])]
  if (!names.some(({ name }) => name === container))
    throw new ServerRefusal(
      404,
      `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(metadata?.name)}`,
    )
  const containerId = containerOfLog(pod, container, options.previous)
  const stateOf = async () => (await runtime.containerStatus({ containerId })).status
  const status = await stateOf().catch((error: unknown) => {
    throw new ServerRefusal(
      400,
      isNotFound(error)
        ? `unable to retrieve container logs for ${containerId}`
        : `failed to get container status ${JSON.stringify(containerId)}: ${error instanceof Error ? error.message : error}`,
    )
  })
  const path = status?.logPath ?? ''
  if (path === '') throw new ServerRefusal(400, `unable to retrieve container logs for ${containerId}`)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const pieces = readContainerLog({
    ...options,
    path,
    signal: gone.signal,
    isRunning: async () => {
      const state = await stateOf().then(
        now => now?.state,
        () => undefined,
      )
      return state === 'CONTAINER_RUNNING' || state === 'CONTAINER_CREATED'
    },
  })
  // the file is opened by the first read; whatever goes wrong until then is still an ordinary answer
  const first = await pieces.next().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new ServerRefusal(400, `failed to try resolving symlinks in path ${JSON.stringify(path)}: ${why}`)
  })
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  if (first.done) {
    response.end()
    return
  }
  response.write(first.value)
  await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), response)
}
