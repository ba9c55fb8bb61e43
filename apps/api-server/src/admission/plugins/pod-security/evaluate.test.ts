import { describe, expect, it } from 'vitest'
import type { PodSpec } from './checks/check.ts'
import { detailsOf, reasonsOf, violations } from './evaluate.ts'
import { type Level, latest } from './policy.ts'

const container = (name: string, securityContext?: object, more: object = {}) => ({
  name,
  image: 'i',
  ...(securityContext === undefined ? {} : { securityContext }),
  ...more,
})
const spec = (containers: object[], more: object = {}) => ({ containers, ...more }) as unknown as PodSpec
const said = (level: Level, pod: PodSpec, version = latest, annotations: Record<string, string> = {}) =>
  detailsOf(violations({ level, version }, pod, annotations))

const strict = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}

describe('baseline', () => {
  it.each<[string, PodSpec, string]>([
    ['a plain pod', spec([container('a')]), ''],
    [
      'AppArmor',
      spec([container('a', { appArmorProfile: { type: 'Unconfined' } })], {
        securityContext: { appArmorProfile: { type: 'Unconfined' } },
      }),
      'forbidden AppArmor profile (pod and container "a" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'capabilities',
      spec([
        container('a', { capabilities: { add: ['FOO', 'BAR'] } }),
        container('b', { capabilities: { add: ['BAZ'] } }),
      ]),
      'non-default capabilities (containers "a", "b" must not include "BAR", "BAZ", "FOO" in securityContext.capabilities.add)',
    ],
    [
      'namespaces of the host',
      spec([container('a')], { hostNetwork: true, hostPID: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    ],
    [
      'paths of the host',
      spec([container('a')], {
        volumes: [
          { name: 'x', hostPath: { path: '/' } },
          { name: 'y', emptyDir: {} },
        ],
      }),
      'hostPath volumes (volume "x")',
    ],
    [
      'ports of the host',
      spec([
        container('a', undefined, { ports: [{ hostPort: 20 }, { hostPort: 0 }] }),
        container('b', undefined, { ports: [{ hostPort: 1001 }] }),
      ]),
      'hostPort (containers "a", "b" use hostPorts 1001, 20)',
    ],
    [
      'probes of other hosts',
      spec([
        container('a', undefined, {
          livenessProbe: { httpGet: { host: '10.0.0.1' } },
          lifecycle: { preStop: { tcpSocket: { host: 'h' } } },
        }),
      ]),
      'probe or lifecycle host (container "a" uses probe or lifecycle hosts "10.0.0.1", "h")',
    ],
    [
      'privileged',
      spec([container('a', { privileged: true })], { initContainers: [container('i', { privileged: true })] }),
      'privileged (containers "i", "a" must not set securityContext.privileged=true)',
    ],
    [
      '/proc',
      spec([container('a', { procMount: 'Unmasked' }), container('b', { procMount: 'Default' })]),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'SELinux',
      spec([container('a', { seLinuxOptions: { type: 'foo', user: 'u' } })], {
        securityContext: { seLinuxOptions: { role: 'r' } },
      }),
      'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "foo"; user may not be set; role may not be set)',
    ],
    [
      'seccomp',
      spec([container('a', { seccompProfile: { type: 'Unconfined' } })]),
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls',
      spec([container('a')], {
        securityContext: { sysctls: [{ name: 'a' }, { name: 'net.ipv4.tcp_rmem' }, { name: 'b' }] },
      }),
      'forbidden sysctls (a, b)',
    ],
    [
      'processes of the host',
      spec([container('a', { windowsOptions: { hostProcess: true } })], {
        securityContext: { windowsOptions: { hostProcess: true } },
      }),
      'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ])('%s', (_, pod, why) => {
    expect(said('baseline', pod)).toBe(why)
    expect(said('privileged', pod)).toBe('')
  })

  it('looks at annotations that were used before there were fields', () => {
    const pod = spec([container('a')])
    const annotations = {
      'container.apparmor.security.beta.kubernetes.io/a': 'unconfined',
      'seccomp.security.alpha.kubernetes.io/pod': 'unconfined',
    }
    const appArmor =
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a="unconfined"")'
    expect(said('baseline', pod, latest, annotations)).toBe(appArmor)
    expect(said('baseline', pod, 18, annotations)).toBe(
      `${appArmor}, seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")`,
    )
  })

  it('is what it was in the version that is named', () => {
    const sysctl = spec([container('a')], { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_wmem' }] } })
    expect([said('baseline', sysctl, 31), said('baseline', sysctl, 32)]).toEqual([
      'forbidden sysctls (net.ipv4.tcp_wmem)',
      '',
    ])
    const probe = spec([container('a', undefined, { livenessProbe: { httpGet: { host: 'h' } } })])
    expect(said('baseline', probe, 33)).toBe('')
    const engine = spec([container('a', { seLinuxOptions: { type: 'container_engine_t' } })])
    expect([said('baseline', engine, 30) === '', said('baseline', engine, 31)]).toEqual([false, ''])
    const proc = spec([container('a', { procMount: 'Unmasked' })], { hostUsers: false })
    expect([said('baseline', proc, 34) === '', said('baseline', proc, 35)]).toEqual([false, ''])
    expect(said('restricted', proc, 35)).toContain('procMount (')
  })
})

describe('restricted', () => {
  it('is kept by a pod that says so', () => {
    expect(said('restricted', spec([container('a', strict)]))).toBe('')
  })

  it('tells all that is missing', () => {
    expect(said('restricted', spec([container('a'), container('b', strict)]))).toBe(
      'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    )
  })

  it('takes the place of the milder rules about the same, behind the others', () => {
    const pod = spec(
      [container('a', { ...strict, privileged: true, capabilities: { drop: ['ALL'], add: ['SYS_TIME'] } })],
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'n', nfs: {} },
          { name: 'e', emptyDir: {} },
        ],
        securityContext: { runAsUser: 0, runAsNonRoot: false },
      },
    )
    expect(said('restricted', pod)).toBe(
      'privileged (container "a" must not set securityContext.privileged=true), ' +
        'unrestricted capabilities (container "a" must not include "SYS_TIME" in securityContext.capabilities.add), ' +
        'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs"), ' +
        'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), ' +
        'runAsUser=0 (pod must not set runAsUser=0)',
    )
    expect(reasonsOf(violations({ level: 'restricted', version: 7 }, pod))).toBe(
      'non-default capabilities, privileged, restricted volume types, runAsNonRoot != true',
    )
  })

  it('leaves Windows and user namespaces what they need', () => {
    const { runAsNonRoot, ...others } = strict
    expect(said('restricted', spec([container('a', { runAsNonRoot })], { os: { name: 'windows' } }))).toBe('')
    const users = spec([container('a', { ...others, runAsUser: 0 })], { hostUsers: false })
    expect(said('restricted', users)).toBe('')
    expect(said('restricted', users, 34)).not.toBe('')
  })
})
