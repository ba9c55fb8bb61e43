import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PodSandboxConfig } from '@kubets/cri'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readInRoot, resolveInRoot } from '../rootfs/resolve-in-root.ts'
import { parseNetDev } from '../runtime-service/stats/network-usage.ts'
import type { Run } from '../system/run.ts'
import { loadNetwork } from './cni/configuration.ts'
import { addressesOf, Cni } from './cni/network.ts'
import { networkWishes } from './network-wishes.ts'
import { resolvConf } from './pod-files.ts'
import { mountOf, mountPoints } from './private-mount.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('the network of a node', () => {
  test('is the first file by name that is a configuration; a broken one before it is passed over', () => {
    mkdirSync(join(dir, 'bin'))
    writeFileSync(join(dir, 'bin/ptp'), '', { mode: 0o755 })
    writeFileSync(join(dir, '00-broken.conflist'), '{')
    writeFileSync(join(dir, '05-readme.txt'), 'no')
    expect(() => loadNetwork(dir, [])).toThrow('cni config load failed: 00-broken.conflist: ')
    writeFileSync(join(dir, '20-b.conf'), '{"name":"b","type":"ptp"}')
    writeFileSync(join(dir, '10-a.conflist'), '{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"absent"}]}')
    expect(loadNetwork(dir, [join(dir, 'bin')])).toMatchObject({ name: 'b', plugins: [{ type: 'ptp' }] })
    rmSync(join(dir, '20-b.conf'))
    expect(() => loadNetwork(dir, ['/nowhere'])).toThrow('failed to find plugin "absent" in path [/nowhere]')
  })

  test('without any file the message is the one that the kubelet shows', () => {
    expect(() => loadNetwork(dir, [])).toThrow(/no network config found in .*: cni plugin not initialized/)
  })

  test('plugins are called in order with the result before, backwards for the end, and only where there is work for them', async () => {
    for (const name of ['ptp', 'portmap', 'bandwidth']) writeFileSync(join(dir, name), '', { mode: 0o755 })
    const plugins = [
      { type: 'ptp' },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'bandwidth', capabilities: { bandwidth: true } },
    ]
    writeFileSync(join(dir, 'n.conflist'), JSON.stringify({ name: 'n', cniVersion: '1.0.0', plugins }))
    const calls: { command: string; type: string; input: Record<string, unknown> }[] = []
    const run: Run = async (path, _args, options) => {
      calls.push({
        command: String(options?.env?.CNI_COMMAND),
        type: path.slice(dir.length + 1),
        input: JSON.parse(options?.input ?? '{}'),
      })
      return { code: 0, stdout: '{"ips":[{"address":"10.1.2.3/24"},{"address":"fd00::3/64"}]}', stderr: '' }
    }
    const cni = new Cni({ confDir: dir, binDirs: [dir], run })
    const pod = { sandboxId: 's', namespace: 'ns', name: 'p', uid: 'u' }
    const quiet = await cni.attach(pod, '/ns', { portMappings: [], bandwidth: undefined })
    expect(calls.map(c => c.type)).toEqual(['ptp'])
    expect(addressesOf(quiet.result)).toEqual(['10.1.2.3', 'fd00::3'])
    calls.length = 0
    const mapping = { hostPort: 80, containerPort: 8080, protocol: 'tcp', hostIP: '' }
    const busy = await cni.attach(pod, '/ns', { portMappings: [mapping], bandwidth: { egressRate: 1_000_000 } })
    await cni.detach(pod, '/ns', busy)
    expect(calls.map(c => `${c.command} ${c.type}`)).toEqual([
      'ADD ptp',
      'ADD portmap',
      'ADD bandwidth',
      'DEL bandwidth',
      'DEL portmap',
      'DEL ptp',
    ])
    expect(calls[1]?.input).toMatchObject({
      name: 'n',
      cniVersion: '1.0.0',
      runtimeConfig: { portMappings: [mapping] },
      prevResult: { ips: [{}, {}] },
    })
    expect(calls[2]?.input).toMatchObject({ runtimeConfig: { bandwidth: { egressRate: 1_000_000 } } })
    expect(calls[0]?.input).not.toHaveProperty('prevResult')
  })
})

test.each([
  [
    { servers: ['1.1.1.1', '2.2.2.2'], searches: ['a', 'b'], options: ['ndots:5'] },
    'search a b\nnameserver 1.1.1.1\nnameserver 2.2.2.2\noptions ndots:5\n',
  ],
  [{ servers: ['1.1.1.1'], searches: [], options: [] }, 'nameserver 1.1.1.1\n'],
])('resolv.conf of %j', (dns, expected) => {
  expect(resolvConf(dns)).toBe(expected)
})

test('bandwidth annotations are quantities within bounds', () => {
  const config = (annotations: Record<string, string>) =>
    ({ annotations, portMappings: [] }) as unknown as PodSandboxConfig
  expect(networkWishes(config({ 'kubernetes.io/ingress-bandwidth': '10M' })).bandwidth).toEqual({
    ingressRate: 10_000_000,
  })
  expect(networkWishes(config({})).bandwidth).toBeUndefined()
  expect(() => networkWishes(config({ 'kubernetes.io/egress-bandwidth': '10' }))).toThrow('unreasonably small')
  expect(() => networkWishes(config({ 'kubernetes.io/egress-bandwidth': 'fast' }))).toThrow('is no quantity: fast')
})

test('links of an image are followed inside the image only', () => {
  mkdirSync(join(dir, 'usr/etc'), { recursive: true })
  symlinkSync('/usr/etc', join(dir, 'etc'))
  symlinkSync('../../../../../../etc/shadow', join(dir, 'usr/etc/passwd'))
  symlinkSync('loop', join(dir, 'loop'))
  writeFileSync(join(dir, 'usr/etc/group'), 'inside')
  expect(readInRoot(dir, '/etc/group')).toBe('inside')
  expect(resolveInRoot(dir, '/etc/passwd')).toBe(join(dir, 'usr/etc/shadow'))
  expect(readInRoot(dir, '/etc/passwd')).toBe('')
  expect(resolveInRoot(dir, '../../..')).toBe(dir)
  expect(() => resolveInRoot(dir, '/loop')).toThrow('too many levels of symbolic links')
})

test('mount points are read with their propagation, spaces included', () => {
  const points = mountPoints(
    '21 1 8:1 / / rw shared:1 - ext4 /dev/vda rw\n22 21 0:5 / /a\\040b rw master:3 - tmpfs x rw\n23 21 0:6 / /p rw - tmpfs y rw\n',
  )
  expect(mountOf('/a b/c/d', points)).toEqual({ path: '/a b', shared: false, slave: true })
  expect(mountOf('/elsewhere', points)).toEqual({ path: '/', shared: true, slave: false })
  expect(mountOf('/p', points)).toMatchObject({ shared: false, slave: false })
})

test('counters of interfaces', () => {
  const text =
    'Inter-|   Receive\n face |bytes\n    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n  eth0: 12345 10 2 0 0 0 0 0 6789 20 3 0 0 0 0 0\n'
  expect(parseNetDev(text)).toEqual([
    { name: 'lo', rxBytes: '100', rxErrors: '0', txBytes: '100', txErrors: '0' },
    { name: 'eth0', rxBytes: '12345', rxErrors: '2', txBytes: '6789', txErrors: '3' },
  ])
})
