import type { ServiceSpec } from '../services/service-spec.ts'
import type { ClusterFiles } from './cluster-files.ts'
import { giveToRoot, giveToServices } from './owners.ts'
import { ownCache, type PreparedPrivileges } from './prepare-privileges.ts'
import { type ServiceName, userOf } from './service-users.ts'
import { setpriv } from './setpriv.ts'
import { accessCheck, tryOut } from './try-out.ts'

export interface LowerPrivilegesOptions {
  /** Undefined for those who are not root. */
  readonly prepared: PreparedPrivileges | undefined
  /** All that is made before the services start is there. */
  readonly files: ClusterFiles
  /** Capabilities that they keep: `net_bind_service`. */
  readonly kept: readonly string[]
}

export interface LoweredPrivileges {
  /** The spec of a service of the control plane, with no more rights than it needs. */
  lower(spec: ServiceSpec): ServiceSpec
  /** Why the control plane is still root; undefined where it is not. */
  readonly stillRoot: string | undefined
}

/**
 * A service that reads its own keys, writes its own store and serves clients needs to be nobody in particular: each gets a user of its own, its
 * files, and a view of no more than it needs. Where that cannot be, it is root without root's capabilities; where root cannot read
 * the files then, it stays what it is. What is not root is left alone.
 */
export async function lowerPrivileges({ prepared, files, kept }: LowerPrivilegesOptions): Promise<LoweredPrivileges> {
  if (prepared === undefined) return { lower: spec => spec, stillRoot: undefined }
  const { options } = prepared
  try {
    const enter = (await prepared.view)?.enter ?? []
    await giveToServices(files)
    return {
      stillRoot: undefined,
      lower: spec => ({
        ...spec,
        command: [...enter, ...setpriv(kept, userOf(spec.name as ServiceName)), ...spec.command],
        // a folder that root was in when it started this one would be a way in
        cwd: '/',
        env: { ...spec.env, NODE_COMPILE_CACHE: ownCache(options, spec.name as ServiceName) },
      }),
    }
  } catch (error) {
    const stillRoot = error instanceof Error ? error.message : String(error)
    const prefix = setpriv(kept)
    try {
      await giveToRoot(files)
      const paths = (of: ClusterFiles['files']) => of.filter(one => one.of === 'api-server').map(({ path }) => path)
      const readable = [...options.programs, ...options.binaries, ...paths(files.files)]
      await tryOut([...prefix, ...accessCheck({ readable, writable: paths(files.stores) })])
      return { stillRoot, lower: spec => ({ ...spec, command: [...prefix, ...spec.command] }) }
    } catch {
      return { stillRoot, lower: spec => spec }
    }
  }
}
