import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShimContext } from '../context.ts'
import { sandboxPaths } from '../paths.ts'
import type { OciSpec } from '../spec/oci-spec.ts'
import { MS } from '../system/syscalls.ts'

/**
 * A process namespace lives only as long as its first process: pods that share one (`shareProcessNamespace`) get
 * `catatonit -P` as process 1, which also reaps what the containers leave. It is a runc container of its own, without
 * capabilities; all other pods have no such process.
 */
export async function startPidHolder(ctx: ShimContext, id: string, cgroupPath: string): Promise<void> {
  const catatonit = ctx.tools.catatonit
  if (!catatonit)
    throw new Error(
      'a shared process namespace needs catatonit: install the Debian package "catatonit" (apt-get install catatonit)',
    )
  const { namespaces, holder } = sandboxPaths(ctx.paths, id)
  const root = join(holder, 'root')
  mkdirSync(join(root, 'proc'), { recursive: true })
  copyFileSync(catatonit, join(root, 'pause'))
  const spec: OciSpec = {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 65535, gid: 65535, additionalGids: [] },
      args: ['/pause', '-P'],
      env: [],
      cwd: '/',
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: root, readonly: true },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] }],
    linux: {
      cgroupsPath: cgroupPath,
      resources: { devices: [{ allow: false, access: 'rwm' }] },
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'network' }, { type: 'ipc' }],
      devices: [],
      maskedPaths: [],
      readonlyPaths: [],
    },
    annotations: {},
  }
  writeFileSync(join(holder, 'config.json'), JSON.stringify(spec))
  await ctx.runc.runDetached(id, holder, join(holder, 'pid'))
  const pin = join(namespaces, 'pid')
  mkdirSync(namespaces, { recursive: true })
  writeFileSync(pin, '')
  ctx.sys.mount(`/proc/${holderPid(ctx, id)}/ns/pid`, pin, null, MS.bind, null)
}

function holderPid(ctx: ShimContext, id: string): number {
  return Number(readFileSync(join(sandboxPaths(ctx.paths, id).holder, 'pid'), 'utf8'))
}

/** Whether the pod's process namespace still takes new processes: its first one is there (and the number is not another's by now). */
export function pidHolderAlive(ctx: ShimContext, id: string): boolean {
  try {
    const pin = join(sandboxPaths(ctx.paths, id).namespaces, 'pid')
    return statSync(`/proc/${holderPid(ctx, id)}/ns/pid`).ino === statSync(pin).ino
  } catch {
    return false
  }
}
