import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

// `bash … && node tools/test/main.ts` is tools/test/main.ts; what only calls a tool of others (biome, tsc) is none of ours, and `kubets` is a
// product with tests of its own (tests/e2e/bad-input.test.ts)
const ofScripts = Object.values(scripts).flatMap(script =>
  [...script.matchAll(/node ((?!apps\/)\S+\.ts[^&]*)/g)].map(one => one[1]),
)
const ofFolders = globSync(
  ['tools/*/main.ts', 'tools/conformance/images/main.ts', 'tools/peers/serve.ts', 'docker/*/main.ts'],
  { cwd: root },
)
const tools = [...new Set([...ofScripts, ...ofFolders].map(tool => (tool as string).trim()))].sort()
const benchmarks = globSync('benchmarks/*/index.ts', { cwd: root }).map(
  file => `benchmarks/main.ts ${file.split('/')[1]}`,
)

test('the scripts of package.json are among the tools', () => {
  expect(tools).toContain('tests/chaos/main.ts')
  expect(tools).toContain('tools/test/main.ts')
  expect(benchmarks).toContain('benchmarks/main.ts storage')
})

test.each([...tools, ...benchmarks])('%s --help shows usage, flags and an example', async tool => {
  const { code, stdout, stderr } = await run(tool, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^Usage:\n {2}\S/m)
  expect(stdout).toMatch(/^Flags:\n/m)
  expect(stdout).toMatch(/^Examples:\n {2}\S/m)
})

test.each([...tools, ...benchmarks])(
  '%s --no-such-flag is refused in a line that says where the flags are',
  async tool => {
    const { code, stdout, stderr } = await run(tool, '--no-such-flag')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^.*--no-such-flag.*--help.*\n$/)
  },
)

function run(tool: string, flag: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const [file = '', ...args] = tool.split(' ')
  return new Promise(resolve => {
    execFile(process.execPath, [file, ...args, flag], { cwd: root, timeout: 25_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    )
  })
}
