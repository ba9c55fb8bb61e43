import { isSeccompType, procMount, seccomp as setSeccomp } from './baseline.ts'
import {
  type Check,
  type CheckPod,
  type Container,
  containersOf,
  exceptUserNamespaces,
  exceptWindows,
  joinQuoted,
  namesWhere,
  plural,
  quoteContainers,
  setters,
  sorted,
} from './check.ts'

const privilegeEscalation: CheckPod = spec => {
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
  if (names.length === 0) return undefined
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${quoteContainers(names)} must set securityContext.allowPrivilegeEscalation=false`,
  }
}

const capabilities: CheckPod = spec => {
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter(one => one !== 'NET_BIND_SERVICE')
  const keeping = namesWhere(
    spec,
    ({ securityContext }) => !(securityContext?.capabilities?.drop ?? []).includes('ALL'),
  )
  const adding = namesWhere(spec, container => added(container).length > 0)
  const details: string[] = []
  if (keeping.length > 0) details.push(`${quoteContainers(keeping)} must set securityContext.capabilities.drop=["ALL"]`)
  if (adding.length > 0) {
    const which = joinQuoted(sorted(containersOf(spec).flatMap(added)))
    details.push(`${quoteContainers(adding)} must not include ${which} in securityContext.capabilities.add`)
  }
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

type Volume = NonNullable<Parameters<CheckPod>[0]['volumes']>[number]

const volumeTypes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]
const restrictedTypes = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
]

const volumes: CheckPod = spec => {
  const has = (volume: Volume) => (type: string) => (volume as Record<string, unknown>)[type] !== undefined
  const bad = (spec.volumes ?? []).filter(volume => !volumeTypes.some(has(volume)))
  if (bad.length === 0) return undefined
  const types = sorted(bad.map(volume => restrictedTypes.find(has(volume)) ?? 'unknown'))
  const names = `${plural(bad.length, 'volume')} ${joinQuoted(bad.map(({ name }) => name))}`
  const what = plural(types.length, 'restricted volume type')
  return {
    reason: 'restricted volume types',
    detail: `${names} ${plural(bad.length, 'uses', 'use')} ${what} ${joinQuoted(types)}`,
  }
}

const nonRoot: CheckPod = spec => {
  const ofPod = spec.securityContext?.runAsNonRoot
  const who = setters(
    ofPod === false,
    namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false),
  )
  const reason = 'runAsNonRoot != true'
  if (who.length > 0) return { reason, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` }
  if (ofPod === true) return undefined
  const silent = namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined)
  if (silent.length === 0) return undefined
  return { reason, detail: `pod or ${quoteContainers(silent)} must set securityContext.runAsNonRoot=true` }
}

const user: CheckPod = spec => {
  const isRoot = (id: number | bigint | undefined) => id !== undefined && Number(id) === 0
  const who = setters(
    isRoot(spec.securityContext?.runAsUser),
    namesWhere(spec, ({ securityContext }) => isRoot(securityContext?.runAsUser)),
  )
  return who.length === 0
    ? undefined
    : { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` }
}

const seccomp: CheckPod = (spec, annotations) => {
  const bad = setSeccomp(spec, annotations)
  if (bad !== undefined) return bad
  const ofPod = spec.securityContext?.seccompProfile?.type
  if (ofPod !== undefined && isSeccompType(ofPod)) return undefined
  const silent = namesWhere(spec, ({ securityContext }) => securityContext?.seccompProfile === undefined)
  if (silent.length === 0) return undefined
  const must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
  return { reason: 'seccompProfile', detail: `pod or ${quoteContainers(silent)} ${must}` }
}

/** What is known to be good practice, at the price of what some programs expect. */
export const restricted: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { from: 8, check: privilegeEscalation },
      { from: 25, check: exceptWindows(privilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      { from: 22, check: capabilities, overrides: 'capabilities_baseline' },
      { from: 25, check: exceptWindows(capabilities), overrides: 'capabilities_baseline' },
    ],
  },
  {
    id: 'procMount_restricted',
    level: 'restricted',
    versions: [{ from: 35, check: procMount, overrides: 'procMount' }],
  },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    versions: [{ from: 0, check: volumes, overrides: 'hostPathVolumes' }],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { from: 0, check: nonRoot },
      { from: 35, check: exceptUserNamespaces(nonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { from: 23, check: user },
      { from: 35, check: exceptUserNamespaces(user) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      { from: 19, check: seccomp, overrides: 'seccompProfile_baseline' },
      { from: 25, check: exceptWindows(seccomp), overrides: 'seccompProfile_baseline' },
    ],
  },
]
