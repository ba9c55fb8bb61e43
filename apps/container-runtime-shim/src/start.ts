import { mkdirSync, realpathSync } from 'node:fs'
import { type Clock, type Logger, type Running, running, silentLogger, systemClock } from '@kubets/component'
import { serveCri } from '@kubets/cri'
import type { StreamingServer, StreamingServerOptions } from '@kubets/streaming'
import { openCgroups } from './cgroup/cgroups.ts'
import { openConmon } from './container/conmon.ts'
import { cleanUpContainer } from './container/remove.ts'
import { Runc } from './container/runc.ts'
import { Supervisor } from './container/supervisor.ts'
import type { ShimContext } from './context.ts'
import { Broadcaster } from './events/broadcaster.ts'
import type { Images } from './images/contract.ts'
import { instrument, type MethodObserver } from './instrument.ts'
import { bundlePaths, shimPaths } from './paths.ts'
import { recover } from './recover.ts'
import { createRuntimeService } from './runtime-service/index.ts'
import { publishEvent } from './runtime-service/statuses/events.ts'
import { Cni } from './sandbox/cni/network.ts'
import { ensurePrivateMount } from './sandbox/private-mount.ts'
import { ContainerStore } from './store/container-store.ts'
import { KeyedMutex } from './store/keyed-mutex.ts'
import { SandboxStore } from './store/sandbox-store.ts'
import { streamingHandlers } from './streaming/handlers.ts'
import { describeLimits, readOwnLimits } from './system/own-limits.ts'
import { run } from './system/run.ts'
import { loadSyscalls } from './system/syscalls.ts'
import { findTools, requireRoot } from './system/tools.ts'

export interface ContainerRuntimeShimOptions {
  /** Unix socket of the CRI, with or without `unix://`. */
  listen: string
  /** Outlives a reboot: records and writable layers. Absolute. */
  root: string
  /** Gone with a reboot: namespaces, mounts, bundles. Absolute and short (sockets lie below it). */
  state: string
  /** The image store and its service; ended by this shim when it ends. */
  startImages(): Promise<Images>
  /** The server behind the URLs of Exec, Attach and PortForward; ended by this shim when it ends. Default: `libs/streaming`'s. */
  startStreaming?: (options: StreamingServerOptions) => Promise<StreamingServer>
  /** Default `/etc/cni/net.d`. */
  cniConfDir?: string
  /** Default `/opt/cni/bin` and Debian's `/usr/lib/cni`. */
  cniBinDirs?: readonly string[]
  /** Cgroup (below the hierarchies' mount point) of containers whose pod names none. Default `/kubets`. */
  cgroupRoot?: string
  /** Cgroup that each conmon is moved to before it starts anything. Default: none, conmon stays in the shim's. */
  conmonCgroup?: string
  runcPath?: string
  conmonPath?: string
  catatonitPath?: string
  /** Where the streaming server listens. Default `127.0.0.1`, a free port. */
  streamAddress?: string
  streamPort?: number
  observer?: MethodObserver
  log?: Logger
  clock?: Clock
}

/**
 * CRI v1 over runc. Throws, naming the Debian package, when a program is missing, and when the machine or the user cannot run
 * containers. `stop()` ends the service only: containers go on, and the next shim over the same folders finds them.
 */
export async function startContainerRuntimeShim(options: ContainerRuntimeShimOptions): Promise<Running> {
  const log = options.log ?? silentLogger()
  const clock = options.clock ?? systemClock
  requireRoot()
  const tools = findTools({
    ...(options.runcPath ? { runc: options.runcPath } : {}),
    ...(options.conmonPath ? { conmon: options.conmonPath } : {}),
    ...(options.catatonitPath ? { catatonit: options.catatonitPath } : {}),
  })
  // the kernel lists mounts by their real paths (/var/run is a link on Debian)
  for (const dir of [options.root, options.state]) mkdirSync(dir, { recursive: true, mode: 0o711 })
  const paths = shimPaths(realpathSync(options.root), realpathSync(options.state))
  const limits = readOwnLimits()
  const held = describeLimits(limits)
  if (held) log.info({ limits: held }, 'Specifications are clamped to what this process may hand on')

  await using undo = new AsyncDisposableStack()
  const [sys, images] = await Promise.all([loadSyscalls(), options.startImages()])
  undo.use(images)
  ensurePrivateMount(sys, paths.state.dir)

  const cgroups = openCgroups()
  const conmonCgroup = options.conmonCgroup
  const runc = new Runc(tools.runc, paths.state.runc, run)
  const conmon = openConmon({
    conmon: tools.conmon,
    runc,
    sys,
    paths: paths.state.conmon,
    place: pid => {
      if (conmonCgroup !== undefined) cgroups.place(conmonCgroup, pid)
    },
  })
  const containers = new ContainerStore(paths.root.containers)
  // the supervisor and the streaming server work with the context that holds them: they get it when first called
  let ctx: ShimContext
  const supervisor = undo.use(
    new Supervisor({
      store: containers,
      conmon,
      cgroups,
      clock,
      log,
      bundleOf: id => bundlePaths(paths, id).dir,
      exited: container => publishEvent(ctx, container.id, container.record.sandboxId, 'CONTAINER_STOPPED_EVENT'),
      cleanUp: container => cleanUpContainer(ctx, container),
    }),
  )
  const startStreaming = options.startStreaming ?? (await import('@kubets/streaming')).startStreamingServer
  const streaming = await startStreaming({
    handlers: {
      exec: (request, session) => streamingHandlers(ctx).exec(request, session),
      attach: (request, session) => streamingHandlers(ctx).attach(request, session),
      portForward: (request, port, stream) => streamingHandlers(ctx).portForward(request, port, stream),
    },
    logger: log,
    address: options.streamAddress ?? '127.0.0.1',
    port: options.streamPort ?? 0,
  })
  undo.defer(() => streaming.stop())
  ctx = {
    paths,
    cgroupRoot: options.cgroupRoot ?? '/kubets',
    log,
    clock,
    run,
    sys,
    tools,
    limits,
    images: images.store,
    sandboxes: new SandboxStore(paths.root.sandboxes),
    containers,
    locks: new KeyedMutex(),
    runc,
    conmon,
    supervisor,
    cni: new Cni({
      confDir: options.cniConfDir ?? '/etc/cni/net.d',
      binDirs: options.cniBinDirs ?? ['/opt/cni/bin', '/usr/lib/cni'],
      run,
    }),
    cgroups,
    events: new Broadcaster(),
    streaming,
  }
  await recover(ctx)
  const server = await serveCri({
    socket: options.listen,
    runtime: instrument(createRuntimeService(ctx), log, options.observer),
    image: instrument(images.service, log, options.observer),
  })
  undo.use(server)
  log.info({ listen: options.listen, runc: tools.runc, conmon: tools.conmon }, 'Serving CRI v1')
  return running(undo.move())
}
