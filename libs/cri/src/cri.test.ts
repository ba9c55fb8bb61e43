import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadServices } from './definition.ts'
import {
  connectCri,
  type ImageService,
  isCancelled,
  isDeadlineExceeded,
  isNotFound,
  isUnavailable,
  isUnimplemented,
  RpcError,
  type RuntimeService,
  rpcCode,
  serveCri,
} from './index.ts'

let dir: string
let socket: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cri-'))
  socket = join(dir, 's')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A service of which a test writes only what it calls; everything else answers UNIMPLEMENTED, as a gRPC server would. */
async function services(runtime: Partial<RuntimeService>, image: Partial<ImageService> = {}) {
  const refuse = () => Promise.reject(new RpcError(rpcCode.unimplemented, 'not part of this test'))
  const wire = await loadServices()
  const fill = (names: readonly { name: string }[], given: object) => ({
    ...Object.fromEntries(names.map(m => [m.name, refuse])),
    ...given,
  })
  return {
    socket,
    runtime: fill(wire.runtime, runtime) as unknown as RuntimeService,
    image: fill(wire.image, image) as unknown as ImageService,
  }
}

test('what arrives is complete, and 64-bit integers arrive exactly', async () => {
  let seen: unknown
  await using _server = await serveCri(
    await services({
      async runPodSandbox(request) {
        seen = request
        return { podSandboxId: 'abc' }
      },
      async podSandboxStatus() {
        return {
          status: { id: 'abc', state: 'SANDBOX_NOTREADY', createdAt: '1735689600123456789', labels: { a: 'b' } },
        }
      },
    }),
  )
  await using client = await connectCri({ socket: `unix://${socket}` })
  expect(await client.runPodSandbox({ config: { hostname: 'h', linux: { resources: { cpuShares: 2 } } } })).toEqual({
    podSandboxId: 'abc',
  })
  expect(seen).toMatchObject({
    runtimeHandler: '',
    config: {
      metadata: null,
      hostname: 'h',
      portMappings: [],
      labels: {},
      linux: { cgroupParent: '', securityContext: null, resources: { cpuShares: '2', cpuQuota: '0' } },
    },
  })
  const { status, containersStatuses } = await client.podSandboxStatus({ podSandboxId: 'abc' })
  expect(status).toMatchObject({ state: 'SANDBOX_NOTREADY', createdAt: '1735689600123456789', labels: { a: 'b' } })
  expect(containersStatuses).toEqual([])
})

test('an error keeps its gRPC code and message on its way to the caller', async () => {
  await using _server = await serveCri(
    await services({
      containerStatus: () => Promise.reject(new RpcError(rpcCode.notFound, 'container "x" not found')),
      startContainer: () => Promise.reject(new Error('boom')),
    }),
  )
  await using client = await connectCri({ socket })
  const missing = await client.containerStatus({ containerId: 'x' }).catch(e => e)
  expect(isNotFound(missing)).toBe(true)
  expect(missing.message).toBe('container "x" not found')
  expect(await client.startContainer({}).catch(e => e)).toMatchObject({ code: rpcCode.unknown, message: 'boom' })
  expect(isUnimplemented(await client.checkpointContainer({}).catch(e => e))).toBe(true)
})

test('events arrive as they are made, and the server learns that its reader has gone', async () => {
  const left = Promise.withResolvers<void>()
  await using _server = await serveCri(
    await services({
      async *getContainerEvents(_request, { signal }) {
        yield { containerId: '1', containerEventType: 'CONTAINER_CREATED_EVENT' }
        yield { containerId: '2', containerEventType: 'CONTAINER_STOPPED_EVENT' }
        await once(signal, 'abort')
        left.resolve()
      },
    }),
  )
  await using client = await connectCri({ socket })
  const ids: string[] = []
  for await (const event of client.getContainerEvents({})) {
    ids.push(`${event.containerId} ${event.containerEventType}`)
    if (ids.length === 2) break
  }
  expect(ids).toEqual(['1 CONTAINER_CREATED_EVENT', '2 CONTAINER_STOPPED_EVENT'])
  await left.promise
})

test('a stream ends without an error when its signal aborts', async () => {
  await using _server = await serveCri(
    await services({
      async *getContainerEvents(_request, { signal }) {
        yield { containerId: '1' }
        await once(signal, 'abort')
      },
    }),
  )
  await using client = await connectCri({ socket })
  const stop = new AbortController()
  let count = 0
  for await (const _ of client.getContainerEvents({}, { signal: stop.signal })) {
    count++
    stop.abort()
  }
  expect(count).toBe(1)
})

test('a call ends at its deadline or when it is cancelled', async () => {
  await using _server = await serveCri({
    ...(await services({ version: (_r, { signal }) => once(signal, 'abort').then(() => ({})) })),
    graceMs: 10,
  })
  await using client = await connectCri({ socket })
  expect(isDeadlineExceeded(await client.version({}, { timeoutMs: 30 }).catch(e => e))).toBe(true)
  const stop = new AbortController()
  const call = client.version({}, { signal: stop.signal }).catch(e => e)
  stop.abort()
  expect(isCancelled(await call)).toBe(true)
})

test('16 MiB of output fit into one answer', async () => {
  const stdout = Buffer.alloc(16 << 20, 'x')
  await using _server = await serveCri(await services({ execSync: async () => ({ stdout, exitCode: 3 }) }))
  await using client = await connectCri({ socket })
  const answer = await client.execSync({})
  expect(answer.exitCode).toBe(3)
  expect(answer.stdout.equals(stdout)).toBe(true)
})

test('a client finds a runtime that was started again', async () => {
  const options = await services({ version: async () => ({ runtimeName: 'again' }) })
  await using client = await connectCri({ socket })
  expect(isUnavailable(await client.version({}).catch(e => e))).toBe(true)
  for (let i = 0; i < 2; i++) {
    await using _server = await serveCri(options)
    await expect
      .poll(() => client.version({}).catch(e => e), { timeout: 5_000 })
      .toMatchObject({ runtimeName: 'again' })
  }
})

test('waiting for a runtime that never comes says which socket was tried', async () => {
  await expect(connectCri({ socket, waitMs: 50 })).rejects.toThrow(`no container runtime listens on ${socket}`)
})

test('a stale socket is replaced and a live one refused', async () => {
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.stdout.write('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(serveCri(await services({}))).rejects.toThrow(`another container runtime listens on ${socket}`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(existsSync(socket)).toBe(true)
  {
    await using _server = await serveCri(await services({}))
    expect(execFileSync('stat', ['-c', '%a', socket], { encoding: 'utf8' }).trim()).toBe('600')
  }
  expect(existsSync(socket)).toBe(false)
})
