import { append, goQuote, ipWarnings, Quantity } from '@kubets/apimachinery'
import type { PodSpec, PodTemplateSpec, Volume } from '../../../../wire.ts'
import { deprecatedNodeLabel, nodeTermWarnings } from '../node/deprecated-labels.ts'
import { claimSpecWarnings } from '../persistent-volume-claim/warnings.ts'
import { fractionalBytes } from '../resource/checks.ts'
import { seccompContainer, seccompPod } from './annotations.ts'
import { appArmorAnnotation, profileOfAnnotation } from './app-armor.ts'
import { type AnyContainer, visitContainers } from './containers.ts'
import { overlappingPathWarnings } from './overlapping-paths.ts'
import { portWarnings } from './port-warnings.ts'

type Metadata = PodTemplateSpec['metadata']

const oldAnnotations = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
] as const

/** Volumes that are on their way out: field, its name in the warning, text. */
const oldVolumes = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
] as const
const newerOldVolumes = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const
const told: ReadonlySet<string> = new Set(['ephemeral', ...[...oldVolumes, ...newerOldVolumes].map(([kind]) => kind)])

const useSeccompField = 'non-functional in v1.27+; use the "seccompProfile" field instead'
const matchesNothing = 'a null labelSelector results in matching no pod'

/** Sentences for `Warning` headers: what is legal and still no good idea. */
export const podWarnings = (spec: PodSpec, metadata: Metadata): string[] => warningsFor(spec, metadata, '', false)

/** The same for a template of pods. `path` is the template's, `spec.template`. */
export const podTemplateWarnings = (template: PodTemplateSpec | undefined, path: string): string[] =>
  template?.spec === undefined ? [] : warningsFor(template.spec, template.metadata, `${path}.`, true)

/** `prefix`: '' or a template's path with a closing dot. */
function warningsFor(spec: PodSpec, metadata: Metadata, prefix: string, isTemplate: boolean): string[] {
  const path = `${prefix}spec`
  const annotations = metadata?.annotations ?? {}
  const atAnnotation = (key: string) => `${prefix}metadata.annotations[${key}]`
  const warnings = placeWarnings(spec, path)
  for (const [key, text] of oldAnnotations) {
    if (Object.hasOwn(annotations, key)) warnings.push(`${atAnnotation(key)}: ${text}`)
  }
  append(warnings, volumeWarnings(spec, path), repetitionWarnings(spec, path))
  for (const name of ['memory', 'ephemeral-storage'] as const) {
    const amount = spec.overhead?.[name]
    if (amount !== undefined) append(warnings, fractionalBytes(amount, `${path}.overhead[${name}]`))
  }
  if (!spec.securityContext?.seccompProfile && Object.hasOwn(annotations, seccompPod)) {
    warnings.push(`${atAnnotation(seccompPod)}: ${useSeccompField}`)
  }
  visitContainers(spec, path, (container, at) => {
    if (
      !container.securityContext?.seccompProfile &&
      metadata?.annotations &&
      Object.hasOwn(annotations, seccompContainer + container.name)
    ) {
      const seccomp = seccompContainer + container.name
      warnings.push(`${atAnnotation(seccomp)}: ${useSeccompField}`)
    }
    if (isTemplate && hasOldAppArmor(spec, container, metadata)) {
      const key = `container.apparmor.security.beta.kubernetes.io/${container.name}`
      warnings.push(`${atAnnotation(key)}: ${appArmorDeprecated}`)
    }
    append(warnings, containerWarnings(container, at))
  })
  append(warnings, portWarnings(spec, path))
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const text = 'must be >= 0; negative values are invalid and will be treated as 1'
    warnings.push(`${path}.terminationGracePeriodSeconds: ${text}`)
  }
  append(warnings, podAffinityWarnings(spec, path))
  spec.dnsConfig?.nameservers?.forEach((server, index) => {
    append(warnings, ipWarnings(`${path}.dnsConfig.nameservers[${index}]`, server))
  })
  spec.hostAliases?.forEach(({ ip }, index) => {
    append(warnings, ipWarnings(`${path}.hostAliases[${index}].ip`, ip ?? ''))
  })
  return warnings
}

export const appArmorDeprecated = 'deprecated since v1.30; use the "appArmorProfile" field instead'

function hasOldAppArmor(spec: PodSpec, container: AnyContainer, metadata: Metadata): boolean {
  const annotation = appArmorAnnotation(metadata?.annotations, container.name)
  if (annotation === undefined || container.securityContext?.appArmorProfile !== undefined) return false
  const [whole, said] = [spec.securityContext?.appArmorProfile, profileOfAnnotation(annotation)]
  if (whole === undefined || said === undefined) return true
  return whole.type !== said.type || whole.localhostProfile !== said.localhostProfile
}

/** Labels of nodes that have other names now, and selectors that match nothing. */
function placeWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = []
  for (const key in spec.nodeSelector) {
    const text = deprecatedNodeLabel(key)
    if (text !== undefined) warnings.push(`${path}.nodeSelector[${key}]: ${text}`)
  }
  if (spec.affinity === undefined && spec.topologySpreadConstraints === undefined) return warnings
  const { nodeAffinity } = spec.affinity ?? {}
  const at = `${path}.affinity.nodeAffinity`
  nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, index) => {
    const place = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`
    append(warnings, nodeTermWarnings(term, place, false))
  })
  nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, index) => {
    const place = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`
    append(warnings, nodeTermWarnings(preference ?? {}, place, true))
  })
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, index) => {
    const place = `${path}.topologySpreadConstraints[${index}]`
    const text = deprecatedNodeLabel(topologyKey)
    if (text !== undefined) warnings.push(`${place}.topologyKey: ${topologyKey} is ${text}`)
    if (labelSelector === undefined) warnings.push(`${place}.labelSelector: ${matchesNothing}`)
  })
  return warnings
}

/** Most volumes have nothing that is told. */
function isTold(volume: Volume): boolean {
  for (const kind in volume) if (told.has(kind)) return true
  return false
}

function volumeWarnings({ volumes }: PodSpec, path: string): string[] {
  if (volumes === undefined) return []
  const warnings: string[] = []
  volumes.forEach((volume, index) => {
    if (!isTold(volume)) return
    const at = `${path}.volumes[${index}]`
    for (const [kind, shown, text] of oldVolumes) if (volume[kind]) warnings.push(`${at}.${shown}: ${text}`)
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec
    if (claim) append(warnings, claimSpecWarnings(claim, `${at}.ephemeral.volumeClaimTemplate.spec`))
    for (const [kind, text] of newerOldVolumes) if (volume[kind]) warnings.push(`${at}.${kind}: ${text}`)
  })
  return warnings.concat(overlappingPathWarnings(volumes))
}

function repetitionWarnings({ hostAliases = [], imagePullSecrets = [] }: PodSpec, path: string): string[] {
  const warnings: string[] = []
  if (hostAliases.length + imagePullSecrets.length === 0) return warnings
  const repeated = (values: readonly string[], list: string, part: string) => {
    const seen = new Set<string>()
    values.forEach((value, index) => {
      if (seen.has(value)) {
        warnings.push(`${path}.${list}[${index}].${part}: duplicate ${part} ${goQuote(value)}`)
      }
      seen.add(value)
    })
  }
  const aliases = hostAliases.map(({ ip = '' }) => ip)
  const secrets = imagePullSecrets.map(({ name = '' }) => name)
  repeated(aliases, 'hostAliases', 'ip')
  repeated(secrets, 'imagePullSecrets', 'name')
  secrets.forEach((name, index) => {
    if (name === '') warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`)
  })
  return warnings
}

function containerWarnings({ resources, env }: AnyContainer, path: string): string[] {
  const warnings: string[] = []
  for (const name of ['memory', 'ephemeral-storage'] as const) {
    for (const part of ['limits', 'requests'] as const) {
      const amount = resources?.[part]?.[name]
      if (amount === undefined || Quantity.parse(amount).isInteger()) continue
      append(warnings, fractionalBytes(amount, `${path}.resources.${part}[${name}]`))
    }
  }
  if (env === undefined || env.length < 2) return warnings
  const seen = new Set<string>()
  env.forEach(({ name = '', value = '', valueFrom }, index) => {
    if (seen.has(name)) {
      const reference = `$(${name})`
      // A new value may build on the one before it.
      const builds = valueFrom === undefined && value !== reference && value.includes(reference)
      const text = `hides previous definition of ${goQuote(name)}, which may be dropped when using apply`
      if (!builds) warnings.push(`${path}.env[${index}]: ${text}`)
    }
    seen.add(name)
  })
  return warnings
}

function podAffinityWarnings({ affinity }: PodSpec, path: string): string[] {
  const warnings: string[] = []
  if (affinity === undefined) return warnings
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const at = `${path}.affinity.${kind}`
    affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach(({ labelSelector }, index) => {
      if (labelSelector !== undefined) return
      const place = `${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`
      warnings.push(`${place}.labelSelector: ${matchesNothing}`)
    })
    affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, index) => {
      if (podAffinityTerm?.labelSelector !== undefined) return
      const place = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      warnings.push(`${place}.podAffinityTerm.labelSelector: ${matchesNothing}`)
    })
  }
  return warnings
}
