import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const quickImports = new URL('./quick-imports.ts', import.meta.url).href
const inline = (program: string) => `data:text/javascript,${encodeURIComponent(program)}`

/** Hooks run last come first, so this one hears what is left over for Node itself. */
const listener = inline(`
import { registerHooks } from 'node:module'
globalThis.left = []
registerHooks({ resolve(specifier, context, next) { globalThis.left.push(specifier); return next(specifier, context) } })
`)

async function runWith(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--import', listener, '--import', quickImports, '--input-type=module', '--eval', program],
    { maxBuffer: 2 ** 26 },
  )
  return stdout
}

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-imports-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test("a service's own files are not searched for, and each room once", async () => {
  const scheduler = new URL('../../../apps/scheduler/src/index.ts', import.meta.url).href
  const output = await runWith(`
    const { startScheduler } = await import(${JSON.stringify(scheduler)})
    process.stdout.write(JSON.stringify({ loaded: typeof startScheduler, left: globalThis.left }))
  `)
  const { loaded, left } = JSON.parse(output) as { loaded: string; left: string[] }
  expect(loaded).toBe('function')
  expect(left.filter(specifier => specifier.startsWith('.') && specifier.endsWith('.ts'))).toEqual([])
  const rooms = left.filter(specifier => specifier.startsWith('@kubets/'))
  expect(rooms).toContain('@kubets/client')
  expect(rooms).toEqual([...new Set(rooms)])
  // packages of others are found as ever
  expect(left).toContain('pino')
})

test('a file that is missing is named', async () => {
  const importing = join(directory, 'importing.ts')
  await writeFile(importing, "import './missing.ts'\n")
  const program = `
    const error = await import(${JSON.stringify(pathToFileURL(importing).href)}).catch(error => error)
    process.stdout.write(error.message)
  `
  expect(await runWith(program)).toContain(join(directory, 'missing.ts'))
})
