import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname as nodeName } from 'node:os'
import { join } from 'node:path'
import { type PodSandboxConfig, RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import { nanos, type ShimContext } from '../context.ts'
import { sandboxPaths } from '../paths.ts'
import { type AttachedNetwork, addressesOf, type NetworkWishes } from '../sandbox/cni/network.ts'
import { createNamespaces } from '../sandbox/namespaces.ts'
import { networkWishes } from '../sandbox/network-wishes.ts'
import { startPidHolder } from '../sandbox/pid-holder.ts'
import { writePodFiles } from '../sandbox/pod-files.ts'
import { podIdentity, tearDownSandbox } from '../sandbox/teardown.ts'
import type { Sandbox } from '../store/sandbox-store.ts'
import { publishEvent } from './statuses/events.ts'

/** Every user of a pod may open low ports and ping, as with containerd's defaults. */
const defaultSysctls = { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' }

const shmSize = '65536k'

export const runPodSandbox =
  (ctx: ShimContext): RuntimeService['runPodSandbox'] =>
  async ({ config, runtimeHandler }) => {
    if (!config?.metadata) throw new RpcError(rpcCode.invalidArgument, 'sandbox config must include metadata')
    refuse(config, runtimeHandler)
    return ctx.locks.run(`name ${sandboxName(config)}`, async () => {
      const taken = ctx.sandboxes.all().find(s => sandboxName(s.config) === sandboxName(config))
      if (taken)
        throw new RpcError(
          rpcCode.alreadyExists,
          `failed to reserve sandbox name "${sandboxName(config)}": name "${sandboxName(config)}" is reserved for "${taken.id}"`,
        )
      const sandbox: Sandbox = {
        version: 1,
        id: randomBytes(32).toString('hex'),
        config,
        runtimeHandler,
        createdAt: nanos(ctx.clock),
        state: 'SANDBOX_NOTREADY',
        network: null,
        ips: [],
        pidHolder: false,
      }
      // on disk before anything is made, so that a shim that dies here leaves nothing that nobody knows of
      ctx.sandboxes.save(sandbox)
      try {
        await setUp(ctx, sandbox)
      } catch (error) {
        await tearDownSandbox(ctx, sandbox).catch(undo =>
          ctx.log.error({ err: undo, sandbox: sandbox.id }, 'Undoing a failed pod sandbox failed'),
        )
        ctx.sandboxes.remove(sandbox.id)
        throw error
      }
      publishEvent(ctx, sandbox.id, sandbox.id, 'CONTAINER_CREATED_EVENT')
      publishEvent(ctx, sandbox.id, sandbox.id, 'CONTAINER_STARTED_EVENT')
      return { podSandboxId: sandbox.id }
    })
  }

async function setUp(ctx: ShimContext, sandbox: Sandbox): Promise<void> {
  const { config, id } = sandbox
  const options = config.linux?.securityContext?.namespaceOptions
  const ownNetwork = options?.network !== 'NODE'
  const { namespaces, shm, dir } = sandboxPaths(ctx.paths, id)
  const hostname = ownNetwork ? config.hostname || (config.metadata?.name ?? '') : nodeName()
  writePodFiles(ctx.sandboxes.dir(id), hostname, config.dnsConfig)
  mkdirSync(dir, { recursive: true, mode: 0o711 })
  if (config.logDirectory !== '') mkdirSync(config.logDirectory, { recursive: true, mode: 0o755 })

  createNamespaces(ctx.sys, namespaces, {
    network: ownNetwork,
    ipc: options?.ipc !== 'NODE',
    hostname: ownNetwork ? hostname.slice(0, 64) : undefined,
    sysctls: { ...(ownNetwork ? defaultSysctls : {}), ...config.linux?.sysctls },
  })
  if (options?.ipc !== 'NODE') {
    mkdirSync(shm, { recursive: true })
    ctx.sys.mount('shm', shm, 'tmpfs', 2 | 4 | 8, `mode=1777,size=${shmSize}`)
  }
  if (ownNetwork) {
    const wishes = networkWishes(config)
    ctx.sandboxes.save(Object.assign(sandbox, { network: { configuration: ctx.cni.load(), wishes, result: {} } }))
    const network = await attach(ctx, sandbox, join(namespaces, 'net'), wishes)
    Object.assign(sandbox, { network, ips: addressesOf(network.result) })
  }
  if (options?.pid === 'POD') {
    sandbox.pidHolder = true
    await startPidHolder(ctx, id, `${config.linux?.cgroupParent || ctx.cgroupRoot}/${id}`)
  }
  sandbox.state = 'SANDBOX_READY'
  ctx.sandboxes.save(sandbox)
}

/** A chain that failed half-way is undone here: plugins that cannot undo (their configuration is broken) must not keep the pod. */
async function attach(
  ctx: ShimContext,
  sandbox: Sandbox,
  netns: string,
  wishes: NetworkWishes,
): Promise<AttachedNetwork> {
  try {
    return await ctx.cni.attach(podIdentity(sandbox), netns, wishes)
  } catch (error) {
    if (sandbox.network)
      await ctx.cni
        .detach(podIdentity(sandbox), netns, sandbox.network)
        .catch(undo => ctx.log.warn({ err: undo, sandbox: sandbox.id }, 'Undoing a failed network failed'))
    ctx.sandboxes.save(Object.assign(sandbox, { network: null }))
    throw new Error(
      `failed to setup network for sandbox "${sandbox.id}": ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    )
  }
}

/** What this runtime cannot give is said at once, in words that name a way out. */
function refuse(config: PodSandboxConfig, runtimeHandler: string): void {
  if (runtimeHandler !== '' && runtimeHandler !== 'runc')
    throw new RpcError(rpcCode.invalidArgument, `no runtime for "${runtimeHandler}" is configured`)
  if (config.linux?.securityContext?.namespaceOptions?.usernsOptions?.mode === 'POD')
    throw new RpcError(
      rpcCode.invalidArgument,
      'user namespaces (hostUsers: false) need idmapped mounts, which runc 1.1 does not have; leave hostUsers unset',
    )
}

const sandboxName = ({ metadata }: PodSandboxConfig) =>
  `${metadata?.name}_${metadata?.namespace}_${metadata?.uid}_${metadata?.attempt}`
