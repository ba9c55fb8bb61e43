import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { ServiceSpec } from './service-spec.ts'
import { dropCapabilities, type WithoutCapabilitiesOptions } from './without-capabilities.ts'

const spec: ServiceSpec = { name: 'a', command: ['grep', 'CapEff', '/proc/self/status'], ready: 'spawn' }

test('a service of root runs without capabilities, unless it could not read its files then', async () => {
  expect(process.getuid?.(), 'this test runs as root').toBe(0)
  const directory = await mkdtemp(join(tmpdir(), "kubets privileges '"))
  try {
    const run = async (files: WithoutCapabilitiesOptions) => {
      const [program = '', ...args] = (await dropCapabilities(files))(spec).command
      return (await promisify(execFile)(program, args)).stdout.trim()
    }
    expect(await run({ readable: [process.execPath], writable: [directory] })).toBe('CapEff:\t0000000000000000')
    // bit 10
    expect(await run({ readable: [], writable: [directory], kept: ['net_bind_service'] })).toBe(
      'CapEff:\t0000000000000400',
    )
    // somebody else's home
    const home = join(directory, 'home')
    await mkdir(home, { mode: 0o700 })
    await writeFile(join(home, 'main.ts'), '')
    await chown(home, 65_532, 65_532)
    expect(await run({ readable: [join(home, 'main.ts')], writable: [] })).not.toBe('CapEff:\t0000000000000000')
  } finally {
    await rm(directory, { recursive: true })
  }
})
