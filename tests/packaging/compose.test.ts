import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { apiServerNodeFlags } from '../../apps/kubets/src/cluster/api-server-node-flags.ts'
import { nodeServices } from '../../docker/node/services.ts'

// The compose file is run with Docker by hand (docker/README.md); what can be read off it is held here.
const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

interface Service {
  readonly image?: string
  readonly user?: string
  readonly command: readonly string[]
  readonly cap_add?: readonly string[]
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly hostname?: string
  readonly ports?: readonly string[]
  readonly profiles?: readonly string[]
  readonly volumes: readonly string[]
}
const compose = parse(await readFile(join(root, 'docker/compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const controlPlane = ['api-server', 'scheduler', 'controller-manager']
const nodes = Object.keys(compose.services).filter(name => name.startsWith('node-'))
const service = (name: string) => compose.services[name] as Service
const mounts = (name: string) =>
  service(name).volumes.map(volume => {
    const [source = '', target = '', mode = 'rw'] = volume.split(':')
    return { source, target, mode }
  })

test('there are the control plane, its certificates, and nodes that start only when they are asked for', () => {
  expect(Object.keys(compose.services).sort()).toEqual([...controlPlane, ...nodes, 'pki'].sort())
  expect(nodes.length).toBeGreaterThan(0)
  for (const name of Object.keys(compose.services))
    expect([name, service(name).profiles]).toEqual([name, nodes.includes(name) ? ['nodes'] : undefined])
})

test.each([...controlPlane, 'pki'])('%s is nobody, and writes nowhere but in its volumes', name => {
  expect(service(name)).toMatchObject({
    user: '65532:65532',
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    read_only: true,
    init: true,
  })
  expect(service(name)).not.toHaveProperty('cap_add')
  expect(service(name)).not.toHaveProperty('privileged')
})

test('each service sees its own keys alone, and no service can change them', async () => {
  for (const name of [...controlPlane, ...nodes]) {
    const [keys, ...others] = mounts(name)
    expect(keys).toEqual({ source: `for-${name}`, target: '/etc/kubernetes', mode: 'ro' })
    for (const { source } of others) expect(source).not.toMatch(/^(for-|pki)/)
  }
  expect(mounts('pki')).toEqual([
    { source: 'pki', target: '/pki', mode: 'rw' },
    ...[...controlPlane, ...nodes].map(name => ({ source: `for-${name}`, target: `/services/${name}`, mode: 'rw' })),
  ])
  // new volumes take their owner from these folders of the image
  const dockerfile = await readFile(join(root, 'docker/Dockerfile'), 'utf8')
  const folders = /printf '\/services\/%s ' ([^)]+)\)/.exec(dockerfile)?.[1]?.split(' ')
  expect(folders).toEqual(expect.arrayContaining([...controlPlane, ...nodes]))
})

test('named volumes are declared, and only loopback is published', () => {
  const used = Object.keys(compose.services).flatMap(name => mounts(name).map(({ source }) => source))
  expect(Object.keys(compose.volumes).sort()).toEqual(
    [...new Set(used.filter(source => !source.startsWith('/')))].sort(),
  )
  for (const name of Object.keys(compose.services))
    for (const port of service(name).ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
})

test('a node is not privileged and has a name that pki knows', () => {
  for (const name of nodes) {
    expect(service(name)).not.toHaveProperty('privileged')
    expect(service(name).cap_add).toEqual(['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'])
    expect(service(name).hostname).toBe(name)
    expect(service('pki').command).toContain(`--node=${name}`)
  }
})

const ofNode = nodeServices({
  ...{ name: 'node-1', address: '172.18.0.5', podCidr: '10.244.1.0/24', clusterCidr: '10.244.0.0/16' },
  ...{ clusterDns: '10.96.0.10', cgroup: '/docker/1/kubets', kubernetes: '/etc/kubernetes', state: '/var/lib/node' },
})
const commands: [string, readonly string[]][] = [
  ...controlPlane.map((name): [string, readonly string[]] => [name, service(name).command.slice(1)]),
  ...Object.entries(ofNode),
]

test.each(commands)(
  '%s knows the flags that it is given',
  async (name, flags) => {
    const { stdout } = await run(process.execPath, [join(root, 'apps', name, 'src/main.ts'), '--help'])
    const known = new Set([...stdout.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, flag]) => flag))
    for (const flag of flags) expect([...known]).toContain(/^--([a-z0-9-]+)=/.exec(flag)?.[1])
  },
  60_000,
)

test('pki gives each service the files that its flags name, and the authority only to who signs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-compose-'))
  try {
    const pki = [join(root, 'docker/pki/main.ts'), `--directory=${folder}/pki`, `--services=${folder}/services`]
    const flags = service('pki').command.filter(flag => flag.startsWith('--node='))
    await run(process.execPath, [...pki, ...flags])
    const given = async (name: string) => (await readdir(join(folder, 'services', name))).sort()
    for (const [name, command] of commands) {
      const place = controlPlane.includes(name) ? name : 'node-1'
      const named = command.map(flag => /=\/etc\/kubernetes\/(.+)$/.exec(flag)?.[1]).filter(file => file !== undefined)
      expect(await given(place)).toEqual(expect.arrayContaining(named))
    }
    const holders = []
    for (const name of [...controlPlane, ...nodes]) {
      const files = await given(name)
      if (files.includes('ca.key')) holders.push(name)
      expect(files).not.toContain('admin.conf')
      for (const file of files) {
        const { mode } = await stat(join(folder, 'services', name, file))
        expect([name, file, mode & 0o777]).toEqual([name, file, /\.(crt|pub)$/.test(file) ? 0o644 : 0o600])
      }
    }
    expect(holders).toEqual(['controller-manager'])
    // at the next start all of it still fits: nothing is written again
    const before = (await stat(join(folder, 'services/api-server/apiserver.crt'))).ino
    await run(process.execPath, [...pki, ...flags])
    expect((await stat(join(folder, 'services/api-server/apiserver.crt'))).ino).toBe(before)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

test('Node runs the api-server of the image with the flags that it has in a cluster of `kubets up`', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-entrypoint-'))
  try {
    await writeFile(join(folder, 'node'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
    const started = async (service: string) => {
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
      const { stdout } = await run('sh', [join(root, 'docker/entrypoint.sh'), service, '--v=2'], { env })
      return stdout.trim().split(' ')
    }
    const program = (service: string) => `/opt/kubets/node_modules/kubets/dist/${service}.js`
    expect(await started('api-server')).toEqual([...apiServerNodeFlags, program('api-server'), '--v=2'])
    expect(await started('scheduler')).toEqual([program('scheduler'), '--v=2'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
