import { goQuote } from '@kubets/apimachinery'
import {
  type Check,
  type CheckPod,
  type Container,
  containersOf,
  exceptUserNamespaces,
  joinQuoted,
  namesWhere,
  plural,
  quoteContainers,
  setters,
  sorted,
} from './check.ts'

const appArmorTypes: readonly string[] = ['RuntimeDefault', 'Localhost']
const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/'

const appArmor: CheckPod = (spec, annotations) => {
  const isBad = (type: string | undefined) => type !== undefined && !appArmorTypes.includes(type)
  const podType = spec.securityContext?.appArmorProfile?.type
  const typeOf = ({ securityContext }: Container) => securityContext?.appArmorProfile?.type
  const names = namesWhere(spec, container => isBad(typeOf(container)))
  const forbidden = Object.entries(annotations)
    .filter(([key]) => key.startsWith(appArmorAnnotation))
    .filter(([, value]) => value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .sort()
  const types = [podType, ...containersOf(spec).map(typeOf)].filter(type => type !== undefined)
  const values = [...sorted(types.filter(isBad)), ...forbidden]
  const who = setters(isBad(podType), names)
  if (forbidden.length > 0) who.push(plural(forbidden.length, 'annotation'))
  if (who.length === 0) return undefined
  return {
    reason: plural(values.length, 'forbidden AppArmor profile'),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${joinQuoted(values)}`,
  }
}

const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const capabilities: CheckPod = spec => {
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter(one => !defaultCapabilities.has(one))
  const names = namesWhere(spec, container => added(container).length > 0)
  if (names.length === 0) return undefined
  const which = joinQuoted(sorted(containersOf(spec).flatMap(added)))
  return {
    reason: 'non-default capabilities',
    detail: `${quoteContainers(names)} must not include ${which} in securityContext.capabilities.add`,
  }
}

const hostNamespaces: CheckPod = spec => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(name => spec[name] === true)
  if (shared.length === 0) return undefined
  return { reason: 'host namespaces', detail: shared.map(name => `${name}=true`).join(', ') }
}

const hostPathVolumes: CheckPod = ({ volumes = [] }) => {
  const names = volumes.filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name)
  if (names.length === 0) return undefined
  return { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume')} ${joinQuoted(names)}` }
}

const hostPorts: CheckPod = spec => {
  const portsOf = ({ ports = [] }: Container) => ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [hostPort]))
  const names = namesWhere(spec, container => portsOf(container).length > 0)
  if (names.length === 0) return undefined
  const ports = sorted(containersOf(spec).flatMap(portsOf).map(String))
  const use = `${plural(names.length, 'uses', 'use')} ${plural(ports.length, 'hostPort')}`
  return { reason: 'hostPort', detail: `${quoteContainers(names)} ${use} ${ports.join(', ')}` }
}

/** A probe of another host is the node's request: it may reach what the pod may not. */
const hostProbes: CheckPod = spec => {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
      .flatMap(handler => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter(host => host !== undefined && host !== '')
  const names = sorted(namesWhere(spec, container => hostsOf(container).length > 0))
  if (names.length === 0) return undefined
  const hosts = sorted(containersOf(spec).flatMap(hostsOf) as string[])
  const what = plural(hosts.length, 'probe or lifecycle host')
  return {
    reason: 'probe or lifecycle host',
    detail: `${quoteContainers(names)} ${plural(names.length, 'uses', 'use')} ${what} ${joinQuoted(hosts)}`,
  }
}

const privileged: CheckPod = spec => {
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.privileged === true)
  if (names.length === 0) return undefined
  return { reason: 'privileged', detail: `${quoteContainers(names)} must not set securityContext.privileged=true` }
}

export const procMount: CheckPod = spec => {
  const isBad = (mount: string | undefined) => mount !== undefined && mount !== 'Default'
  const mountOf = ({ securityContext }: Container) => securityContext?.procMount
  const names = namesWhere(spec, container => isBad(mountOf(container)))
  if (names.length === 0) return undefined
  const types = sorted(containersOf(spec).map(mountOf).filter(isBad) as string[])
  return {
    reason: 'procMount',
    detail: `${quoteContainers(names)} must not set securityContext.procMount to ${joinQuoted(types)}`,
  }
}

type SELinuxOptions = NonNullable<NonNullable<Container['securityContext']>['seLinuxOptions']>

const containerTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t']

const seLinux =
  (allowedTypes: readonly string[]): CheckPod =>
  spec => {
    const badType = ({ type = '' }: SELinuxOptions) => !allowedTypes.includes(type)
    const isSet = (text: string | undefined) => text !== undefined && text !== ''
    const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
      options !== undefined && (badType(options) || isSet(options.user) || isSet(options.role))
    const optionsOf = ({ securityContext }: Container) => securityContext?.seLinuxOptions
    const ofPod = spec.securityContext?.seLinuxOptions
    const who = setters(
      isBad(ofPod),
      namesWhere(spec, container => isBad(optionsOf(container))),
    )
    if (who.length === 0) return undefined
    const bad = [ofPod, ...containersOf(spec).map(optionsOf)].filter(isBad)
    const types = sorted(bad.filter(badType).map(({ type = '' }) => type))
    const what = [
      ...(types.length > 0 ? [`${plural(types.length, 'type')} ${joinQuoted(types)}`] : []),
      ...(bad.some(({ user }) => isSet(user)) ? ['user may not be set'] : []),
      ...(bad.some(({ role }) => isSet(role)) ? ['role may not be set'] : []),
    ]
    return {
      reason: 'seLinuxOptions',
      detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
    }
  }

/** Before there was a field. */
const seccompAnnotations: CheckPod = (spec, annotations) => {
  const isAllowed = (value: string) =>
    value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')
  const keys = [
    'seccomp.security.alpha.kubernetes.io/pod',
    ...containersOf(spec).map(({ name }) => `container.seccomp.security.alpha.kubernetes.io/${name}`),
  ]
  const forbidden = sorted(
    keys.flatMap(key => {
      const value = annotations[key]
      return value === undefined || isAllowed(value) ? [] : [`${key}=${goQuote(value)}`]
    }),
  )
  if (forbidden.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural(forbidden.length, 'annotation')} ${forbidden.join(', ')}`,
  }
}

export const isSeccompType = (type: string): boolean => type === 'Localhost' || type === 'RuntimeDefault'

export const seccomp: CheckPod = spec => {
  const isBad = (type: string | undefined): type is string => type !== undefined && !isSeccompType(type)
  const typeOf = ({ securityContext }: Container) => securityContext?.seccompProfile?.type
  const ofPod = spec.securityContext?.seccompProfile?.type
  const who = setters(
    isBad(ofPod),
    namesWhere(spec, container => isBad(typeOf(container))),
  )
  if (who.length === 0) return undefined
  const types = sorted([ofPod, ...containersOf(spec).map(typeOf)].filter(isBad))
  return {
    reason: 'seccompProfile',
    detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${joinQuoted(types)}`,
  }
}

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
]
const since27 = [...safeSysctls, 'net.ipv4.ip_local_reserved_ports']
const since29 = [
  ...since27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]
const since32 = [...since29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']

const sysctls =
  (allowed: readonly string[]): CheckPod =>
  spec => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter(name => !allowed.includes(name))
    return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') }
  }

const hostProcess: CheckPod = spec => {
  const who = setters(
    spec.securityContext?.windowsOptions?.hostProcess === true,
    namesWhere(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
  )
  if (who.length === 0) return undefined
  return {
    reason: 'hostProcess',
    detail: `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`,
  }
}

const always = (id: string, check: CheckPod): Check => ({ id, level: 'baseline', versions: [{ from: 0, check }] })

/** What a workload of no special needs keeps to: nothing that is known to lead out of a container. */
export const baseline: readonly Check[] = [
  always('appArmorProfile', appArmor),
  always('capabilities_baseline', capabilities),
  always('hostNamespaces', hostNamespaces),
  always('hostPathVolumes', hostPathVolumes),
  always('hostPorts', hostPorts),
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', versions: [{ from: 34, check: hostProbes }] },
  always('privileged', privileged),
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      { from: 0, check: procMount },
      { from: 35, check: exceptUserNamespaces(procMount) },
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      { from: 0, check: seLinux(containerTypes) },
      { from: 31, check: seLinux([...containerTypes, 'container_engine_t']) },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      { from: 0, check: seccompAnnotations },
      { from: 19, check: seccomp },
    ],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [
      { from: 0, check: sysctls(safeSysctls) },
      { from: 27, check: sysctls(since27) },
      { from: 29, check: sysctls(since29) },
      { from: 32, check: sysctls(since32) },
    ],
  },
  always('windowsHostProcess', hostProcess),
]
