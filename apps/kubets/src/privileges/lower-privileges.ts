import { execFile } from 'node:child_process'
import { chown, mkdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { promisify } from 'node:util'
import type { ServiceSpec } from '../services/service-spec.ts'
import type { ClusterFiles } from './cluster-files.ts'
import { type NarrowView, narrowView, programFolder } from './narrow-view.ts'
import { giveToRoot, giveToServices, letIn } from './owners.ts'
import { type ServiceName, serviceUsers, userOf } from './service-users.ts'
import { setpriv } from './setpriv.ts'

export interface LowerPrivilegesOptions {
  /** The cluster's folder. */
  readonly directory: string
  readonly files: ClusterFiles
  /** The services' own code, with `node_modules` somewhere above it. */
  readonly programs: readonly string[]
  /** Programs that stand for themselves: Node, etcd. */
  readonly binaries: readonly string[]
  /** Where compiled code is kept, below which each service gets a folder of its own. */
  readonly compileCache: string
  /** Capabilities that they keep: `net_bind_service`. */
  readonly kept: readonly string[]
  /** Certificates and keys are there; from then on it is known whose they are. */
  readonly credentials: Promise<unknown>
}

export interface LoweredPrivileges extends AsyncDisposable {
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
export async function lowerPrivileges(options: LowerPrivilegesOptions): Promise<LoweredPrivileges> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return unchanged(undefined)
  const view = prepareView(options)
  // told below, also when the credentials fail first
  view.catch(() => undefined)
  try {
    await options.credentials
  } catch (error) {
    await (await view.catch(() => undefined))?.[Symbol.asyncDispose]()
    throw error
  }
  let made: NarrowView | undefined
  try {
    made = await view
    await giveToServices(options.files)
    const user = (service: ServiceName) => [...(made?.enter ?? []), ...setpriv(options.kept, userOf(service))]
    await tryOut(user('api-server'), options)
    return {
      stillRoot: undefined,
      lower: spec => ({
        ...spec,
        command: [...user(spec.name as ServiceName), ...spec.command],
        // a folder that root was in when it started this one would be a way in
        cwd: '/',
        env: { ...spec.env, NODE_COMPILE_CACHE: ownCache(options, spec.name as ServiceName) },
      }),
      [Symbol.asyncDispose]: async () => made?.[Symbol.asyncDispose](),
    }
  } catch (error) {
    await made?.[Symbol.asyncDispose]()
    return asRoot(options, error instanceof Error ? error.message : String(error))
  }
}

async function asRoot(options: LowerPrivilegesOptions, why: string): Promise<LoweredPrivileges> {
  const prefix = setpriv(options.kept)
  try {
    await giveToRoot(options.files)
    await tryOut(prefix, options)
    return { ...unchanged(why), lower: spec => ({ ...spec, command: [...prefix, ...spec.command] }) }
  } catch {
    return unchanged(why)
  }
}

const unchanged = (stillRoot: string | undefined): LoweredPrivileges => ({
  stillRoot,
  lower: spec => spec,
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

const ownCache = ({ compileCache }: LowerPrivilegesOptions, service: ServiceName) => join(compileCache, service)

async function prepareView(options: LowerPrivilegesOptions): Promise<NarrowView | undefined> {
  const { directory, files, programs, binaries, compileCache } = options
  await mkdir(compileCache, { recursive: true })
  await letIn(compileCache)
  for (const service of Object.keys(serviceUsers) as ServiceName[]) {
    const { uid, gid } = userOf(service)
    await mkdir(ownCache(options, service), { recursive: true, mode: 0o700 })
    await chown(ownCache(options, service), uid, gid)
  }
  // a store may be a link to another disk
  const stores = await Promise.all(files.stores.map(({ path }) => realpath(path).catch(() => path)))
  return narrowView([
    ...new Set(await Promise.all(programs.map(async program => (await programFolder(program)) ?? program))),
    ...binaries,
    compileCache,
    directory,
    ...stores.filter(path => !path.startsWith(directory + sep)),
  ])
}

/** @throws Error that says what cannot be done */
async function tryOut(prefix: readonly string[], options: LowerPrivilegesOptions): Promise<void> {
  const { files, programs, binaries } = options
  const readable = [
    ...programs,
    ...binaries,
    ...files.files.filter(({ of }) => of === 'api-server').map(({ path }) => path),
  ]
  const writable = files.stores.filter(({ of }) => of === 'api-server').map(({ path }) => path)
  // a text of ours with the paths as arguments: nothing in them is read as shell
  const script = `mode=-r; for path; do
    if [ "$path" = -- ]; then mode=-w
    elif [ ! "$mode" "$path" ]; then echo "$path cannot be reached by user $(id -u)" >&2; exit 1
    fi; done`
  const [program = '', ...args] = [...prefix, 'sh', '-c', script, 'sh', ...readable, '--', ...writable]
  try {
    await promisify(execFile)(program, args)
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(stderr?.trim() || message, { cause: error })
  }
}
