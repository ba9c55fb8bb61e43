import { execFile } from 'node:child_process'
import { chmod, chown, link, lstat, mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ServiceSpec } from '../services/service-spec.ts'
import type { ClusterFiles } from './cluster-files.ts'
import { type LoweredPrivileges, lowerPrivileges } from './lower-privileges.ts'
import { preparePrivileges } from './prepare-privileges.ts'

/** A home that only root may enter: a program with its modules, somebody's secrets, and a cluster. */
let home: string
const at = (...parts: string[]) => join(home, ...parts)
beforeEach(async () => {
  expect(process.getuid?.(), 'this test runs as root').toBe(0)
  home = await realpath(await mkdtemp(join(tmpdir(), "kubets privileges '")))
  await mkdir(at('app', 'node_modules', 'kubets'), { recursive: true })
  await writeFile(at('app', 'node_modules', 'kubets', 'main.js'), '')
  await mkdir(at('private'))
  await writeFile(at('private', 'diary'), 'dear')
  // as an earlier version left it
  await mkdir(at('cluster'), { mode: 0o700 })
  await mkdir(at('cluster', 'pki'), { mode: 0o700 })
  await mkdir(at('cluster', 'store'), { mode: 0o700 })
  for (const name of ['pki/server.key', 'pki/ca.key', 'store/data.mdb'])
    await writeFile(at('cluster', name), name, { mode: name === 'store/data.mdb' ? 0o644 : 0o600 })
})
afterEach(() => rm(home, { recursive: true, force: true }))

const files = (): ClusterFiles => ({
  folders: [at('cluster'), at('cluster', 'pki')],
  files: [
    { path: at('cluster', 'pki', 'server.key'), of: 'api-server' },
    { path: at('cluster', 'pki', 'ca.key'), of: 'controller-manager' },
    { path: at('cluster', 'pki', 'never-made.key'), of: 'scheduler' },
  ],
  stores: [{ path: at('cluster', 'store'), of: 'api-server' }],
})
async function lowered(kept: readonly string[] = []): Promise<LoweredPrivileges & AsyncDisposable> {
  const prepared = preparePrivileges({
    directory: at('cluster'),
    programs: [at('app', 'node_modules', 'kubets', 'main.js')],
    binaries: [],
    compileCache: at('cache'),
  })
  const privileges = await lowerPrivileges({ prepared, files: files(), kept })
  return {
    ...privileges,
    [Symbol.asyncDispose]: async () => (await prepared?.view.catch(() => undefined))?.[Symbol.asyncDispose](),
  }
}

/** What a shell says that is started as this service. */
async function inPlaceOf(lower: (spec: ServiceSpec) => ServiceSpec, name: string, script: string): Promise<string> {
  const spec = lower({ name, command: ['sh', '-c', script], ready: 'spawn' })
  const [program = '', ...args] = spec.command
  return (await promisify(execFile)(program, args, { cwd: spec.cwd })).stdout.trim()
}
const status = `grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -s '\\t\\n' ' '`
const owner = async (...path: string[]) => {
  const { uid, gid, mode } = await stat(at(...path))
  return [uid, gid, (mode & 0o777).toString(8)].join(' ')
}

test('each service is a user of its own, with its own files and no view of the home that they lie in', async () => {
  await using privileges = await lowered()
  expect(privileges.stillRoot).toBeUndefined()
  const { lower } = privileges
  expect(await inPlaceOf(lower, 'api-server', status)).toBe(
    'Uid: 65521 65521 65521 65521 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1',
  )
  expect(await inPlaceOf(lower, 'scheduler', 'id -u; id -G; pwd')).toBe('65522\n65520\n/')
  const reads = (service: string, ...path: string[]) =>
    inPlaceOf(lower, service, `cat "${at(...path)}" 2>&1 || true`).then(text => text.replace(/^cat: .*: /, ''))
  expect(await reads('api-server', 'cluster/pki/server.key')).toBe('pki/server.key')
  expect(await reads('api-server', 'cluster/pki/ca.key')).toBe('Permission denied')
  expect(await reads('controller-manager', 'cluster/pki/ca.key')).toBe('pki/ca.key')
  expect(await reads('controller-manager', 'cluster/store/data.mdb')).toBe('Permission denied')
  expect(await reads('api-server', 'app/node_modules/kubets/main.js')).toBe('')
  expect(await reads('api-server', 'private/diary')).toBe('No such file or directory')
  expect(await inPlaceOf(lower, 'api-server', `cd "${at('cluster', 'store')}" && : > new && ls`)).toBe('data.mdb\nnew')
  expect(await owner('cluster')).toBe('0 65520 750')
  expect(await owner('cluster', 'pki', 'ca.key')).toBe('65523 65520 600')
  expect(await owner('cluster', 'store', 'data.mdb')).toBe('65521 65520 600')
  expect(await owner('cache', 'scheduler')).toBe('65522 65520 700')
  // what comes later is seen too, and nothing of it is seen outside
  await writeFile(at('cluster', 'pki', 'ca.crt'), 'renewed')
  expect(await reads('scheduler', 'cluster/pki/ca.crt')).toBe('renewed')
  expect((await lstat(at('private', 'diary'))).size).toBe(4)
})

test('the one capability that a low port needs is kept', async () => {
  await using privileges = await lowered(['net_bind_service'])
  expect(privileges.stillRoot).toBeUndefined()
  // bit 10
  expect(await inPlaceOf(privileges.lower, 'api-server', status)).toBe(
    'Uid: 65521 65521 65521 65521 CapEff: 0000000000000400 CapBnd: 0000000000000400 NoNewPrivs: 1',
  )
})

test('where a service could not reach its files it stays root, without capabilities, and gets its files back', async () => {
  {
    await using before = await lowered()
    expect(before.stillRoot).toBeUndefined()
  }
  await chmod(at('app', 'node_modules'), 0o700)
  await using privileges = await lowered()
  expect(privileges.stillRoot).toBe(`${at('app', 'node_modules', 'kubets', 'main.js')} cannot be reached by user 65521`)
  expect(await inPlaceOf(privileges.lower, 'api-server', status)).toBe(
    'Uid: 0 0 0 0 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1',
  )
  expect(await owner('cluster', 'pki', 'ca.key')).toBe('0 0 600')
  expect(await owner('cluster', 'store', 'data.mdb')).toBe('0 0 600')
})

test("somebody else's files stay theirs, and root keeps the rights that it needs for them", async () => {
  await chown(at('cluster', 'store', 'data.mdb'), 1_000, 1_000)
  await chown(at('cluster', 'pki', 'server.key'), 1_000, 1_000)
  await using privileges = await lowered()
  expect(privileges.stillRoot).toMatch(/ belongs to user 1000$/)
  expect(await inPlaceOf(privileges.lower, 'api-server', `cat "${at('cluster', 'pki', 'server.key')}"`)).toBe(
    'pki/server.key',
  )
  expect(await owner('cluster', 'store', 'data.mdb')).toBe('1000 1000 644')
})

test('nothing is given away through links that a service has left in its store', async () => {
  await symlink(at('private', 'diary'), at('cluster', 'store', 'symbolic'))
  {
    await using privileges = await lowered()
    expect(privileges.stillRoot).toBeUndefined()
    expect(await owner('private', 'diary')).toBe('0 0 644')
  }
  await link(at('private', 'diary'), at('cluster', 'store', 'hard'))
  await using privileges = await lowered()
  expect(privileges.stillRoot).toBe(`${at('cluster', 'store', 'hard')} has another name somewhere`)
  expect(await owner('private', 'diary')).toBe('0 0 644')
})
