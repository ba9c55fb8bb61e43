import { readFileSync, writeFileSync } from 'node:fs'
import { RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'
import type { OciSpec } from '../spec/oci-spec.ts'
import { mergeResources, ociResources } from '../spec/resources.ts'

export const updateContainerResources =
  (ctx: ShimContext): RuntimeService['updateContainerResources'] =>
  async ({ containerId, linux }) => {
    const container = ctx.containers.get(containerId)
    if (!linux) return {}
    await ctx.locks.run(container.id, async () => {
      const resources = mergeResources(container.status.resources, linux)
      switch (container.status.state) {
        case 'CONTAINER_RUNNING':
          await ctx.runc.update(container.id, ociResources(linux))
          break
        case 'CONTAINER_CREATED': {
          const { config } = bundlePaths(ctx.paths, container.id)
          const spec = JSON.parse(readFileSync(config, 'utf8')) as OciSpec
          spec.linux.resources = { devices: spec.linux.resources.devices, ...ociResources(resources) }
          writeFileSync(config, JSON.stringify(spec), { mode: 0o600 })
          break
        }
        case 'CONTAINER_EXITED':
          throw new RpcError(rpcCode.failedPrecondition, `container "${container.id}" is in CONTAINER_EXITED state`)
      }
      ctx.containers.update(container, { resources })
    })
    return {}
  }
