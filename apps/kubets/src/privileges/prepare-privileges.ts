import { chown, mkdir, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { type NarrowView, narrowView, programFolder } from './narrow-view.ts'
import { letIn } from './owners.ts'
import { type ServiceName, serviceUsers, userOf } from './service-users.ts'
import { setpriv } from './setpriv.ts'
import { accessCheck } from './try-out.ts'

export interface PreparePrivilegesOptions {
  /** The cluster's folder. */
  readonly directory: string
  /** The services' own code, with `node_modules` somewhere above it. */
  readonly programs: readonly string[]
  /** Programs that stand for themselves: Node, etcd. */
  readonly binaries: readonly string[]
  /** Where compiled code is kept, below which each service gets a folder of its own. */
  readonly compileCache: string
}

/** What can be made ready for the control plane's users before it is known what the cluster is, as it takes a while. */
export interface PreparedPrivileges {
  readonly options: PreparePrivilegesOptions
  /** Undefined where all is in the open. Rejects where services could not reach what they run, with the reason. */
  readonly view: Promise<NarrowView | undefined>
}

/** Undefined for those who are not root: they cannot become anybody else. */
export function preparePrivileges(options: PreparePrivilegesOptions): PreparedPrivileges | undefined {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return undefined
  const view = prepareView(options)
  // told when somebody asks
  view.catch(() => undefined)
  return { options, view }
}

export const ownCache = (options: PreparePrivilegesOptions, service: ServiceName) => join(options.compileCache, service)

async function prepareView(options: PreparePrivilegesOptions): Promise<NarrowView | undefined> {
  const { directory, programs, binaries, compileCache } = options
  await mkdir(compileCache, { recursive: true })
  await Promise.all([
    letIn(directory),
    letIn(compileCache),
    ...(Object.keys(serviceUsers) as ServiceName[]).map(async service => {
      const { uid, gid } = userOf(service)
      await mkdir(ownCache(options, service), { recursive: true, mode: 0o700 })
      await chown(ownCache(options, service), uid, gid)
    }),
  ])
  // a store may be a link to another disk
  const stores = ['store', 'etcd'].map(name => realpath(join(directory, name)).catch(() => join(directory, name)))
  const elsewhere = (await Promise.all(stores)).filter(path => !path.startsWith(directory + sep))
  const code = await Promise.all(programs.map(async program => (await programFolder(program)) ?? program))
  return narrowView(
    [...new Set(code), ...binaries, compileCache, directory, ...elsewhere],
    [
      ...setpriv([], userOf('api-server')),
      ...accessCheck({
        readable: [...programs, ...binaries, directory, ...elsewhere.map(dirname)],
        writable: [ownCache(options, 'api-server')],
      }),
    ],
  )
}
