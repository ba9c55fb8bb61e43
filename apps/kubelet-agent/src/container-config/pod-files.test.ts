import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { container, pod } from '../testing/pods.ts'
import { podDns } from './dns.ts'
import { podHostname, writeHostsFile } from './hosts-file.ts'
import { containerSecurityContext } from './security-context.ts'
import { serviceEnv } from './service-env.ts'

let dir: string
let resolvConf: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pod-files-'))
  resolvConf = join(dir, 'resolv.conf')
  await writeFile(resolvConf, '# node\nnameserver 10.89.0.1\nsearch example.org\noptions timeout:2\n')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('DNS', () => {
  const settings = () => ({ clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local', resolvConf })
  const cluster = {
    servers: ['10.96.0.10'],
    searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.org'],
    options: ['ndots:5'],
  }
  const host = { servers: ['10.89.0.1'], searches: ['example.org'], options: ['timeout:2'] }

  test.each([
    ['ClusterFirst', {}, cluster],
    ["ClusterFirst in the node's network", { dnsPolicy: 'ClusterFirst', hostNetwork: true }, host],
    ['ClusterFirstWithHostNet', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, cluster],
    ['Default', { dnsPolicy: 'Default' }, host],
    [
      'None with a configuration of its own',
      {
        dnsPolicy: 'None',
        dnsConfig: {
          nameservers: ['1.1.1.1'],
          searches: ['x'],
          options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
        },
      },
      { servers: ['1.1.1.1'], searches: ['x'], options: ['ndots:2', 'edns0'] },
    ],
    [
      'an option of the pod wins',
      { dnsConfig: { options: [{ name: 'ndots', value: '1' }] } },
      { ...cluster, options: ['ndots:1'] },
    ],
  ])('%s', async (_name, spec, expected) => {
    expect(await podDns(pod(spec), settings())).toEqual(expected)
  })
})

test('the hosts file names the pod and its aliases', async () => {
  const given = pod({ hostname: 'web-0', subdomain: 'web', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] })
  const name = podHostname(given, 'cluster.local')
  const text = await readFile(await writeHostsFile(given, dir, ['10.0.0.5'], name), 'utf8')
  expect(text).toMatch(/^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/)
  expect(text).toContain('10.0.0.5\tweb-0.web.default.svc.cluster.local\tweb-0\n')
  expect(text).toContain('# Entries added by HostAliases.\n1.2.3.4\ta\tb\n')
})

test('services are announced as variables', () => {
  const service = {
    metadata: { name: 'my-db' },
    spec: { clusterIP: '10.96.0.7', ports: [{ name: 'sql', port: 5432 }] },
  }
  expect(serviceEnv([service as never, { spec: { clusterIP: 'None', ports: [{ port: 1 }] } } as never])).toEqual({
    MY_DB_SERVICE_HOST: '10.96.0.7',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_SQL: '5432',
    MY_DB_PORT: 'tcp://10.96.0.7:5432',
    MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432',
    MY_DB_PORT_5432_TCP_PROTO: 'tcp',
    MY_DB_PORT_5432_TCP_PORT: '5432',
    MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
  })
})

describe('security', () => {
  const context = (own: object, ofPod: object = {}, image = { uid: 0 as number | undefined, username: '' }) => {
    const one = container('c', { securityContext: own } as never)
    return containerSecurityContext(pod({ containers: [one], securityContext: ofPod }), one, image, '/root')
  }

  test("the container's word goes before the pod's, and the image's user stands where neither speaks", () => {
    expect(context({ runAsUser: 7 }, { runAsUser: 8, runAsGroup: 9, fsGroup: 10 })).toMatchObject({
      runAsUser: { value: '7' },
      runAsGroup: { value: '9' },
      supplementalGroups: ['10'],
    })
    expect(context({}, {}, { uid: 33, username: '' })).toMatchObject({ runAsUser: { value: '33' } })
    expect(context({}, {}, { uid: undefined, username: 'www' })).toMatchObject({ runAsUsername: 'www' })
  })

  test.each([
    [{ runAsUser: 0 }, { uid: 1, username: '' }, "container's runAsUser breaks non-root policy"],
    [{}, { uid: 0, username: '' }, 'container has runAsNonRoot and image will run as root'],
    [
      {},
      { uid: undefined, username: 'www' },
      'container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root',
    ],
  ])('runAsNonRoot refuses %o of %o', (own, image, message) => {
    expect(() => context({ runAsNonRoot: true, ...own }, {}, image)).toThrow(message)
  })

  test('privileged containers see all of /proc and have no seccomp profile', () => {
    expect(context({ privileged: true, seccompProfile: { type: 'RuntimeDefault' } })).toMatchObject({
      privileged: true,
      maskedPaths: [],
      seccomp: { profileType: 'Unconfined' },
    })
    expect(context({ allowPrivilegeEscalation: false }).noNewPrivs).toBe(true)
  })
})
