import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname as nodeName } from 'node:os'
import { dirname, join } from 'node:path'
import { type ContainerConfig, RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import { releaseRoot } from '../container/remove.ts'
import { prepareVolumes, shmOf } from '../container/volumes.ts'
import { nanos, type ShimContext } from '../context.ts'
import type { ImageRecord } from '../images/contract.ts'
import { bundlePaths, sandboxPaths } from '../paths.ts'
import { mountOverlay } from '../rootfs/overlay.ts'
import { readInRoot } from '../rootfs/resolve-in-root.ts'
import { pinnedNamespaces } from '../sandbox/namespaces.ts'
import { buildSpec } from '../spec/build-spec.ts'
import { capabilitiesFor } from '../spec/capabilities.ts'
import { deviceAccess } from '../spec/devices.ts'
import { selectSeccompProfile } from '../spec/seccomp/select-profile.ts'
import { stopSignal } from '../spec/stop-signal.ts'
import { resolveUser } from '../spec/user.ts'
import type { Container, ContainerRecord } from '../store/container-store.ts'
import type { Sandbox } from '../store/sandbox-store.ts'
import { capabilityNames } from '../system/own-limits.ts'
import { publishEvent } from './statuses/events.ts'
import { sandboxState } from './statuses/sandbox-status.ts'

export const createContainer =
  (ctx: ShimContext): RuntimeService['createContainer'] =>
  async ({ podSandboxId, config }) => {
    if (!config?.metadata) throw new RpcError(rpcCode.invalidArgument, 'container config must include metadata')
    const sandbox = ctx.sandboxes.get(podSandboxId)
    const reference = config.image?.image ?? ''
    const image = ctx.images.resolve(reference)
    if (!image) throw new RpcError(rpcCode.notFound, `failed to resolve image "${reference}": not found`)
    const name = `${config.metadata.name}_${sandbox.id}_${config.metadata.attempt}`
    return ctx.locks.run(`name ${name}`, async () => {
      refuseIfTaken(ctx, sandbox, config)
      const id = randomBytes(32).toString('hex')
      const hold = ctx.images.hold(image.id)
      let container: Container | undefined
      try {
        const prepared = await prepare(ctx, id, sandbox, config, image)
        container = {
          id,
          record: prepared.record,
          holds: [hold, ...prepared.record.mountedImages.map(mounted => ctx.images.hold(mounted))],
          status: {
            version: 1,
            state: 'CONTAINER_CREATED',
            startedAt: '0',
            finishedAt: '0',
            exitCode: 0,
            reason: '',
            message: '',
            pid: 0,
            conmonPid: 0,
            resources: config.linux?.resources ?? null,
          },
        }
        // the pod may have been stopped meanwhile: checked and written in one stretch
        if (sandboxState(ctx, sandbox) !== 'SANDBOX_READY')
          throw new Error(`sandbox container "${sandbox.id}" is not running`)
        ctx.containers.add(container)
      } catch (error) {
        undo(ctx, id)
        hold[Symbol.dispose]()
        throw error
      }
      publishEvent(ctx, id, sandbox.id, 'CONTAINER_CREATED_EVENT')
      return { containerId: id }
    })
  }

async function prepare(
  ctx: ShimContext,
  id: string,
  sandbox: Sandbox,
  config: ContainerConfig,
  image: ImageRecord,
): Promise<{ record: ContainerRecord }> {
  if (sandboxState(ctx, sandbox) !== 'SANDBOX_READY')
    throw new Error(`sandbox container "${sandbox.id}" is not running`)
  const bundle = bundlePaths(ctx.paths, id)
  const security = config.linux?.securityContext ?? null
  refuseProfiles(config)
  mkdirSync(bundle.dir, { recursive: true, mode: 0o711 })
  mkdirSync(ctx.containers.dir(id), { recursive: true, mode: 0o700 })
  mountOverlay(ctx.sys, {
    layersDir: ctx.images.layersDir,
    layers: image.layers,
    writable: ctx.containers.dir(id),
    target: bundle.rootfs,
  })
  const user = resolveUser(security, image.config.User ?? '', {
    passwd: readInRoot(bundle.rootfs, '/etc/passwd'),
    group: readInRoot(bundle.rootfs, '/etc/group'),
  })
  const volumes = await prepareVolumes(ctx, id, sandbox.id, config, image)
  const cgroupPath = `${sandbox.config.linux?.cgroupParent || ctx.cgroupRoot}/${id}`
  const namespaces = pinnedNamespaces(sandboxPaths(ctx.paths, sandbox.id).namespaces)
  const target =
    security?.namespaceOptions?.pid === 'TARGET' ? ctx.containers.find(security.namespaceOptions.targetId) : undefined
  const granted = capabilitiesFor(
    security?.capabilities ?? null,
    security?.privileged ?? false,
    capabilityNames,
    ctx.limits.capabilities,
  ).granted
  const { spec, clamped } = buildSpec({
    config,
    image: image.config,
    user,
    rootfs: bundle.rootfs,
    cgroupPath,
    hostname: namespaces.uts ? sandbox.config.hostname : nodeName(),
    shm: shmOf(ctx, sandbox.id, security?.namespaceOptions?.ipc),
    namespaces,
    ...(target ? { targetPid: target.status.pid } : {}),
    cgroupMount: true,
    volumes: volumes.mounts,
    devices: deviceAccess(config.devices, security?.privileged ?? false),
    seccomp: selectSeccompProfile(security?.seccomp ?? null, granted),
    limits: ctx.limits,
    annotations: {
      'io.kubernetes.cri.container-type': 'container',
      'io.kubernetes.cri.sandbox-id': sandbox.id,
      'io.kubernetes.cri.container-name': config.metadata?.name ?? '',
    },
  })
  if (clamped.length > 0)
    ctx.log.info({ container: id, name: config.metadata?.name, clamped }, 'Container gets less than it asks for')
  writeFileSync(bundle.config, JSON.stringify(spec), { mode: 0o600 })
  const logPath = config.logPath === '' ? '' : join(sandbox.config.logDirectory, config.logPath)
  if (logPath !== '') mkdirSync(dirname(logPath), { recursive: true, mode: 0o755 })
  return {
    record: {
      version: 1,
      id,
      sandboxId: sandbox.id,
      config,
      createdAt: nanos(ctx.clock),
      imageId: image.id,
      imageRef: image.repoDigests[0] ?? image.id,
      logPath,
      stopSignal: stopSignal(config.stopSignal, image.config.StopSignal),
      user: { uid: String(user.uid), gid: String(user.gid), supplementalGroups: user.additionalGids.map(String) },
      cgroupPath,
      layers: image.layers,
      mountedImages: volumes.images,
    },
  }
}

/** Takes back what {@link prepare} did before it failed. */
function undo(ctx: ShimContext, id: string): void {
  const record = { mountedImages: Array.from({ length: 32 }, () => '') } as unknown as ContainerRecord
  releaseRoot(ctx, { id, record, holds: [], status: {} as Container['status'] })
  rmSync(bundlePaths(ctx.paths, id).dir, { recursive: true, force: true })
  rmSync(ctx.containers.dir(id), { recursive: true, force: true })
}

function refuseIfTaken(ctx: ShimContext, sandbox: Sandbox, config: ContainerConfig): void {
  const { name, attempt } = config.metadata ?? {}
  const taken = ctx.containers
    .ofSandbox(sandbox.id)
    .find(c => c.record.config.metadata?.name === name && c.record.config.metadata?.attempt === attempt)
  if (taken)
    throw new RpcError(
      rpcCode.alreadyExists,
      `failed to reserve container name "${name}" (attempt ${attempt}): it is reserved for "${taken.id}"`,
    )
}

/** The kernels we run on have no AppArmor: a profile that a pod insists on cannot be silently left out. */
function refuseProfiles(config: ContainerConfig): void {
  if (config.linux?.securityContext?.apparmor?.profileType === 'Localhost')
    throw new Error('failed to generate apparmor spec opts: apparmor is not supported')
}
