import type { LinuxContainerSecurityContext } from '@kubets/cri'
import { describe, expect, test } from 'vitest'
import { capabilityNames, type OwnLimits, parseOwnLimits } from '../system/own-limits.ts'
import { completeConfig } from '../testing/complete-config.ts'
import { buildSpec, type SpecInput } from './build-spec.ts'
import { capabilitiesFor, defaultCapabilities } from './capabilities.ts'
import { bindMount, checkMount, inMountOrder, rootPropagation } from './mounts.ts'
import { processArgs, processEnv } from './process.ts'
import { mergeResources, ociResources } from './resources.ts'
import { defaultSeccompProfile } from './seccomp/default-profile.ts'
import { selectSeccompProfile } from './seccomp/select-profile.ts'
import { stopSignal } from './stop-signal.ts'
import { resolveUser } from './user.ts'

const everything: OwnLimits = { capabilities: new Set(capabilityNames), lowestOomScoreAdj: -1000 }

const input = async (
  change: Parameters<typeof completeConfig>[0] = {},
  rest: Partial<SpecInput> = {},
): Promise<SpecInput> => ({
  config: await completeConfig({ command: ['run'], ...change }),
  image: {},
  user: { uid: 0, gid: 0, additionalGids: [0], home: '/root' },
  rootfs: '/bundle/rootfs',
  cgroupPath: '/pods/x',
  hostname: 'pod',
  shm: '/pod/shm',
  namespaces: { network: '/ns/net', ipc: '/ns/ipc', uts: '/ns/uts' },
  cgroupMount: true,
  volumes: [],
  devices: { devices: [], rules: [{ allow: false, access: 'rwm' }] },
  seccomp: undefined,
  limits: everything,
  annotations: {},
  ...rest,
})

describe('the specification of a container', () => {
  test('joins the namespaces of its pod and has processes and mounts of its own', async () => {
    const { spec } = buildSpec(await input({ linux: { securityContext: { namespaceOptions: { pid: 'CONTAINER' } } } }))
    expect(spec.linux.namespaces).toEqual([
      { type: 'mount' },
      { type: 'network', path: '/ns/net' },
      { type: 'ipc', path: '/ns/ipc' },
      { type: 'uts', path: '/ns/uts' },
      { type: 'pid' },
    ])
  })

  test.each([
    ['POD', { pid: '/ns/pid' }, { type: 'pid', path: '/ns/pid' }],
    ['NODE', {}, undefined],
    ['TARGET', {}, { type: 'pid', path: '/proc/42/ns/pid' }],
  ] as const)('process namespace %s', async (pid, pinned, expected) => {
    const config = { linux: { securityContext: { namespaceOptions: { pid, targetId: 'other' } } } }
    const { spec } = buildSpec(await input(config, { namespaces: pinned, targetPid: 42 }))
    expect(spec.linux.namespaces.find(n => n.type === 'pid')).toEqual(expected)
  })

  test('joining the processes of a container that does not run is refused', async () => {
    const config = { linux: { securityContext: { namespaceOptions: { pid: 'TARGET', targetId: 'gone' } } } } as const
    const given = await input(config)
    expect(() => buildSpec(given)).toThrow('container gone whose process namespace is asked for is not running')
  })

  test('asks for no more than this process holds, and says what is withheld', async () => {
    const limits: OwnLimits = {
      capabilities: new Set(capabilityNames.filter(name => name !== 'CAP_SYS_RESOURCE')),
      lowestOomScoreAdj: 0,
    }
    const linux = { resources: { oomScoreAdj: -997 }, securityContext: { privileged: true } }
    const { spec, clamped } = buildSpec(await input({ linux }, { limits }))
    expect(spec.process.oomScoreAdj).toBe(0)
    expect(spec.process.capabilities.bounding).not.toContain('CAP_SYS_RESOURCE')
    expect(spec.process.capabilities.bounding).toContain('CAP_SYS_ADMIN')
    expect(clamped).toEqual([
      'capabilities withheld, the runtime does not have them: CAP_SYS_RESOURCE',
      'oom_score_adj -997 raised to 0',
    ])
  })

  test('a privileged container has no masks, no filter, and writes to /sys', async () => {
    const securityContext = { privileged: true, maskedPaths: ['/proc/kcore'], readonlyPaths: ['/proc/sys'] }
    const seccomp = { defaultAction: 'SCMP_ACT_ERRNO' }
    const { spec } = buildSpec(await input({ linux: { securityContext } }, { seccomp }))
    expect(spec.linux).toMatchObject({ maskedPaths: [], readonlyPaths: [] })
    expect(spec.linux.seccomp).toBeUndefined()
    expect(spec.mounts.find(m => m.destination === '/sys')?.options).toContain('rw')
    const plain = buildSpec(
      await input({ linux: { securityContext: { ...securityContext, privileged: false } } }, { seccomp }),
    )
    expect(plain.spec.linux).toMatchObject({ maskedPaths: ['/proc/kcore'], readonlyPaths: ['/proc/sys'], seccomp })
    expect(plain.spec.mounts.find(m => m.destination === '/sys')?.options).toContain('ro')
  })

  test('a volume over one of the standard mounts takes its place', async () => {
    const volume = { destination: '/dev/shm', type: 'bind', source: '/big', options: ['rbind'] }
    const { spec } = buildSpec(await input({}, { volumes: [volume] }))
    expect(spec.mounts.filter(m => m.destination === '/dev/shm')).toEqual([volume])
  })
})

test.each([
  ['the image alone', {}, ['e', 'c']],
  ['args replace the command of the image', { args: ['a'] }, ['e', 'a']],
  ['a command replaces both', { command: ['x'] }, ['x']],
  ['command and args', { command: ['x'], args: ['a'] }, ['x', 'a']],
])('what runs: %s', async (_name, config, expected) => {
  expect(processArgs(await completeConfig(config), { Entrypoint: ['e'], Cmd: ['c'] })).toEqual(expected)
})

test('nothing to run is an error', async () => {
  const config = await completeConfig({})
  expect(() => processArgs(config, {})).toThrow('no command specified')
})

test("the pod's environment wins over the image's, and values may hold equals signs", async () => {
  const config = await completeConfig({
    envs: [
      { key: 'A', value: 'x=y' },
      { key: 'HOSTNAME', value: 'mine' },
    ],
    tty: true,
  })
  expect(processEnv(config, { Env: ['A=image', 'PATH=/only'] }, 'pod')).toEqual([
    'PATH=/only',
    'TERM=xterm',
    'HOSTNAME=mine',
    'A=x=y',
  ])
})

test.each([
  ['nothing asked', {}, false, defaultCapabilities],
  ['one more', { addCapabilities: ['NET_ADMIN'] }, false, [...defaultCapabilities, 'CAP_NET_ADMIN']],
  [
    'one less, in small letters',
    { dropCapabilities: ['kill'] },
    false,
    defaultCapabilities.filter(c => c !== 'CAP_KILL'),
  ],
  [
    'none but one',
    { dropCapabilities: ['ALL'], addCapabilities: ['NET_BIND_SERVICE'] },
    false,
    ['CAP_NET_BIND_SERVICE'],
  ],
  [
    'all but one',
    { addCapabilities: ['ALL'], dropCapabilities: ['SYS_ADMIN'] },
    false,
    capabilityNames.filter(c => c !== 'CAP_SYS_ADMIN'),
  ],
  ['privileged', { dropCapabilities: ['ALL'] }, true, capabilityNames],
])('capabilities: %s', (_name, asked, privileged, expected) => {
  const full = { addCapabilities: [], dropCapabilities: [], addAmbientCapabilities: [], ...asked }
  const { granted } = capabilitiesFor(full, privileged, capabilityNames, new Set(capabilityNames))
  expect([...granted].sort()).toEqual([...expected].sort())
})

const files = {
  passwd: 'root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n1234:x:7:8::/:\n\nbroken\n',
  group: 'root:x:0:\nweb:x:1001:\nextra:x:1002:web,other\nmore:x:1003:other\n',
}
test.each([
  ['nobody says anything', {}, '', { uid: 0, gid: 0, additionalGids: [0] }],
  ['the image names a user', {}, 'web', { uid: 1000, gid: 1001, additionalGids: [1001, 1002], home: '/home/web' }],
  ['the image names user and group', {}, 'web:more', { uid: 1000, gid: 1003, additionalGids: [1003, 1002] }],
  [
    'the pod names a number that the image knows',
    { runAsUser: { value: '1000' } },
    'root:more',
    { uid: 1000, gid: 1001 },
  ],
  [
    'the pod names a number that the image does not know',
    { runAsUser: { value: '5000' } },
    '',
    { uid: 5000, gid: 0, additionalGids: [0] },
  ],
  [
    'the pod names user and group',
    { runAsUser: { value: '1000' }, runAsGroup: { value: '9' } },
    '',
    { uid: 1000, gid: 9, additionalGids: [9, 1002] },
  ],
  [
    'strict groups',
    { runAsUser: { value: '1000' }, supplementalGroups: ['5'], supplementalGroupsPolicy: 'Strict' as const },
    '',
    { additionalGids: [1001, 5] },
  ],
  ['a name made of digits comes before the number', {}, '1234', { uid: 7, gid: 8 }],
])('user: %s', (_name, asked, image, expected) => {
  const security = {
    runAsUser: null,
    runAsGroup: null,
    runAsUsername: '',
    supplementalGroups: [],
    supplementalGroupsPolicy: 'Merge',
    ...asked,
  } as unknown as LinuxContainerSecurityContext
  expect(resolveUser(security, image, files)).toMatchObject(expected)
})

test('a user or group that the image does not have is named in the error', () => {
  expect(() => resolveUser(null, 'ghost', files)).toThrow(
    'unable to find user ghost: no matching entries in passwd file',
  )
  expect(() => resolveUser(null, 'web:ghosts', files)).toThrow(
    'unable to find group ghosts: no matching entries in group file',
  )
})

test.each([
  ['RUNTIME_DEFAULT', undefined, 'SIGTERM'],
  ['RUNTIME_DEFAULT', 'SIGQUIT', 'SIGQUIT'],
  ['RUNTIME_DEFAULT', 'quit', 'SIGQUIT'],
  ['RUNTIME_DEFAULT', '9', '9'],
  ['RUNTIME_DEFAULT', 'SIGRTMIN+3', '37'],
  ['SIGUSR1', 'SIGQUIT', 'SIGUSR1'],
  ['SIGRTMINPLUS3', undefined, '37'],
  ['SIGRTMAXMINUS1', undefined, '63'],
  ['SIGPOLL', undefined, 'SIGIO'],
] as const)('stop signal: %s over %s is %s', (asked, image, expected) => {
  expect(stopSignal(asked, image)).toBe(expected)
})

test('resources leave out what is not set', async () => {
  const { linux } = await completeConfig({
    linux: {
      resources: {
        cpuShares: 1,
        cpuQuota: 20_000,
        cpuPeriod: 100_000,
        memoryLimitInBytes: '1073741824',
        unified: { 'pids.max': '100', 'memory.high': '5' },
        hugepageLimits: [{ pageSize: '2MB', limit: 4194304 }],
      },
    },
  })
  expect(ociResources(linux?.resources ?? null)).toEqual({
    cpu: { shares: 2, quota: 20_000, period: 100_000 },
    memory: { limit: 1073741824 },
    pids: { limit: 100 },
    hugepageLimits: [{ pageSize: '2MB', limit: 4194304 }],
    unified: { 'pids.max': '100', 'memory.high': '5' },
  })
  const { linux: change } = await completeConfig({ linux: { resources: { cpuShares: 512 } } })
  if (!linux?.resources || !change?.resources) throw new Error('no resources')
  expect(mergeResources(linux.resources, change.resources)).toMatchObject({
    cpuShares: '512',
    memoryLimitInBytes: '1073741824',
  })
})

test('mounts: options, order and propagation follow what is asked', async () => {
  const { mounts } = await completeConfig({
    mounts: [
      { containerPath: '/a/b', hostPath: '/x', readonly: true },
      { containerPath: '/a', hostPath: '/y', propagation: 'PROPAGATION_HOST_TO_CONTAINER' },
      { containerPath: '/c', hostPath: '/z', readonly: true, recursiveReadOnly: true },
    ],
  })
  const bound = mounts.map(mount => bindMount(mount, mount.hostPath))
  expect(bound.map(m => m.options.join())).toEqual(['rbind,rprivate,ro', 'rbind,rslave,rw', 'rbind,rprivate,rro'])
  expect(inMountOrder(bound).map(m => m.destination)).toEqual(['/a', '/c', '/a/b'])
  expect(rootPropagation(mounts)).toBe('rslave')
  expect(rootPropagation([])).toBeUndefined()
  const [, shared] = mounts
  if (!shared) throw new Error('no mount')
  expect(() => checkMount({ ...shared, recursiveReadOnly: true, readonly: true })).toThrow(
    'must have private propagation',
  )
  expect(() => checkMount({ ...shared, recursiveReadOnly: true })).toThrow('is not read-only')
})

test('the default filter opens what a capability is for, and never makes namespaces without CAP_SYS_ADMIN', () => {
  const names = (capabilities: string[]) =>
    new Set(
      defaultSeccompProfile(capabilities)
        .syscalls?.filter(s => s.action === 'SCMP_ACT_ALLOW' && !s.args)
        .flatMap(s => s.names),
    )
  expect(names([])).not.toContain('mount')
  expect(names([])).not.toContain('clone')
  expect(names(['CAP_SYS_ADMIN'])).toContain('mount')
  expect(names(['CAP_SYS_ADMIN'])).toContain('clone')
  expect(names(['CAP_SYS_CHROOT'])).toContain('chroot')
  expect(defaultSeccompProfile([]).syscalls).toContainEqual({
    names: ['clone3'],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: 38,
  })
})

test('a profile that cannot be read is named', () => {
  expect(selectSeccompProfile(null, [])).toBeUndefined()
  expect(selectSeccompProfile({ profileType: 'Unconfined', localhostRef: '' }, [])).toBeUndefined()
  expect(() => selectSeccompProfile({ profileType: 'Localhost', localhostRef: '/nowhere.json' }, [])).toThrow(
    'cannot load seccomp profile "/nowhere.json"',
  )
})

test('own limits are read from the bounding and the effective set', () => {
  const status = 'CapEff:\t000001fffeffffff\nCapBnd:\t000001fffeffffff\n'
  const limits = parseOwnLimits(status, 3)
  expect(capabilityNames.filter(name => !limits.capabilities.has(name))).toEqual(['CAP_SYS_RESOURCE'])
  expect(limits.lowestOomScoreAdj).toBe(3)
  expect(parseOwnLimits(status.replaceAll('fe', 'ff'), 3).lowestOomScoreAdj).toBe(-1000)
})
