import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUpContainer } from './container/remove.ts'
import { nanos, type ShimContext } from './context.ts'
import { bundlePaths, sandboxPaths } from './paths.ts'
import { isPin } from './sandbox/namespaces.ts'
import type { Container } from './store/container-store.ts'
import type { Sandbox } from './store/sandbox-store.ts'

/**
 * Rebuilds what this process knows from disk and from runc, before the first call is served. Containers went on without us:
 * those that still run are watched again, those that ended meanwhile get their exit code from conmon's file.
 */
export async function recover(ctx: ShimContext): Promise<void> {
  const broken = (kind: string) => (id: string, error: unknown) =>
    ctx.log.error({ err: error, id }, `A ${kind} record cannot be read and is left out`)
  ctx.sandboxes.load(broken('sandbox'))
  ctx.containers.load(broken('container'))
  for (const sandbox of ctx.sandboxes.all()) recoverSandbox(ctx, sandbox)
  await Promise.all(ctx.containers.all().map(container => recoverContainer(ctx, container)))
  ctx.log.info(
    { sandboxes: ctx.sandboxes.all().length, containers: ctx.containers.all().length },
    'Recovered pods and containers',
  )
}

/** After a reboot the namespaces are gone: such a pod has ended. The kubelet stops and removes it. */
function recoverSandbox(ctx: ShimContext, sandbox: Sandbox): void {
  if (sandbox.state !== 'SANDBOX_READY') return
  const wanted = sandbox.config.linux?.securityContext?.namespaceOptions
  const { dir, namespaces } = sandboxPaths(ctx.paths, sandbox.id)
  const whole =
    existsSync(dir) &&
    (wanted?.network === 'NODE' || isPin(join(namespaces, 'net'))) &&
    (wanted?.ipc === 'NODE' || isPin(join(namespaces, 'ipc')))
  if (!whole) ctx.sandboxes.save(Object.assign(sandbox, { state: 'SANDBOX_NOTREADY' }))
}

async function recoverContainer(ctx: ShimContext, container: Container): Promise<void> {
  holdImages(ctx, container)
  const { state, conmonPid } = container.status
  if (state === 'CONTAINER_RUNNING') {
    // the end of a container that is no more (also after a reboot, with its bundle gone) is told at once
    ctx.supervisor.watch(container)
    return
  }
  if (state !== 'CONTAINER_CREATED' || conmonPid === 0) return
  // the last shim died between `runc create` and writing RUNNING: runc knows how far it came
  const known = await ctx.runc.state(container.id)
  if (known?.status === 'running') {
    ctx.containers.update(container, { state: 'CONTAINER_RUNNING', startedAt: nanos(ctx.clock) })
    ctx.supervisor.watch(container)
    return
  }
  ctx.containers.update(container, {
    state: 'CONTAINER_EXITED',
    exitCode: 128,
    reason: 'StartError',
    message: 'the container runtime was restarted while it started the container',
    finishedAt: nanos(ctx.clock),
    pid: 0,
    conmonPid: 0,
  })
  if (existsSync(bundlePaths(ctx.paths, container.id).dir)) await cleanUpContainer(ctx, container)
}

function holdImages(ctx: ShimContext, container: Container): void {
  for (const id of [container.record.imageId, ...container.record.mountedImages])
    container.holds.push(ctx.images.hold(id))
}
