import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const apps = join(import.meta.dirname, '../..')

/** Prints, for each module in turn, what is loaded once it is imported: files and Node's own modules. */
const program = `
import { registerHooks } from 'node:module'
const files = new Set()
registerHooks({ load(url, context, next) { files.add(url); return next(url, context) } })
const loaded = []
for (const path of process.argv.slice(1)) {
  await import(path)
  loaded.push([...files, ...process.moduleLoadList])
}
process.stdout.write(JSON.stringify(loaded), () => process.exit())
`

async function loadedBy(...paths: string[]): Promise<string[][]> {
  const absolute = paths.map(path => join(apps, path))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', program, ...absolute],
    { maxBuffer: 2 ** 26 },
  )
  return JSON.parse(stdout) as string[][]
}

const matching = (loaded: readonly string[] | undefined, pattern: RegExp) =>
  loaded?.filter(name => pattern.test(name)) ?? ['nothing was loaded']

test('a command that only waits for another process loads no package and no service', async () => {
  const [up, foreground] = await loadedBy('kubets/src/commands/up.ts', 'kubets/src/commands/bring-up.ts')
  expect(matching(up, /node_modules|libs\/(?!component\/)|component\/src\/index|bring-up/)).toEqual([])
  // what reads registries, watches nodes and logs comes once the api-server is on its way
  expect(matching(foreground, /node_modules\/(pino|prom-client)|container-runtime-shim|libs\/client/)).toEqual([])
})

test('the services of the control plane load neither the fetch of Node nor what only some requests need', async () => {
  // the cluster in one process has them all
  const [loaded] = await loadedBy('kubets/src/index.ts')
  expect(matching(loaded, /undici|node_modules\/(express|ws|@grpc\/grpc-js)\//)).toEqual([])
})

test('the services of a node do not load the fetch of Node', async () => {
  const loaded = await loadedBy(
    'container-runtime-shim/src/start.ts',
    'container-runtime-shim/src/images/index.ts',
    'kubelet-agent/src/index.ts',
    'service-proxy/src/index.ts',
  )
  expect(matching(loaded.at(-1), /undici/)).toEqual([])
})
