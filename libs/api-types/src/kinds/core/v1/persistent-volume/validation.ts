import { posix } from 'node:path'
import {
  append,
  type FieldError,
  field,
  immutable,
  nameIsDnsSubdomain,
  Quantity,
  semanticEqual,
} from '@kubets/apimachinery'
import type { NodeSelectorTerm, PersistentVolume, PersistentVolumeSpec } from '../../../../wire.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import { unifiedDiff } from '../../../validation/unified-diff.ts'
import { validateAccessModes } from '../persistent-volume-claim/validation.ts'
import { each, optionalEnum, pointerEnum } from '../pod/validation/checks.ts'
import { hasInvalidNodeValue, validateNodeSelector } from '../pod/validation/node-selector.ts'
import { validateBasicQuantity, validatePositive } from '../resource/checks.ts'
import { volumeModes } from '../volume/defaults.ts'
import { sourceOf, validateSources } from './sources.ts'

export const mountOptions = 'volume.beta.kubernetes.io/mount-options'

const reclaimPolicies = ['Delete', 'Recycle', 'Retain']

/** Kinds of volumes that may have mount options in an annotation. */
const withMountOptions = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
] as const

/** Go prints maps by their keys. */
const sorted = (map: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))

function validateCapacity({ capacity: given }: PersistentVolumeSpec, path: string): FieldError[] {
  const capacity = given ?? {}
  const names = Object.keys(capacity)
  const errors: FieldError[] = names.length === 0 ? [field.required(path)] : []
  if (capacity.storage === undefined || names.length > 1) {
    errors.push(field.notSupported(path, given === undefined ? null : sorted(capacity), ['storage']))
  }
  for (const name of names) {
    const at = `${path}[${name}]`
    const value = Quantity.parse(capacity[name] ?? '0')
    append(errors, validateBasicQuantity(value, at), validatePositive(value, at))
  }
  return errors
}

type Affinity = PersistentVolumeSpec['nodeAffinity']

const shownAffinity = (affinity: Affinity) =>
  affinity === undefined ? null : internalForm('io.k8s.api.core.v1.VolumeNodeAffinity', affinity)

function validateAffinity(affinity: Affinity, path: string, allowInvalidValues: boolean): FieldError[] {
  if (affinity === undefined) return []
  const { required } = affinity
  if (!required) return [field.required(`${path}.required`, 'must specify required node constraints')]
  return validateNodeSelector(required, `${path}.required`, { allowInvalidValues })
}

export interface VolumeSpecRules {
  readonly allowInvalidNodeAffinityValues: boolean
}

export function validateVolumeSpec(
  spec: PersistentVolumeSpec,
  name: string,
  path: string,
  { allowInvalidNodeAffinityValues }: VolumeSpecRules,
): FieldError[] {
  const policy = spec.persistentVolumeReclaimPolicy
  const errors = [
    ...(spec.accessModes?.length ? [] : [field.required(`${path}.accessModes`)]),
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`),
    ...validateCapacity(spec, `${path}.capacity`),
    ...optionalEnum(`${path}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies),
    ...validateAffinity(spec.nodeAffinity, `${path}.nodeAffinity`, allowInvalidNodeAffinityValues),
    ...validateSources(spec, path, name),
  ]
  if (spec.hostPath && isRoot(spec.hostPath.path) && policy === 'Recycle') {
    const text = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(field.forbidden(`${path}.persistentVolumeReclaimPolicy`, text))
  }
  const { storageClassName: className = '', volumeAttributesClassName: attributes } = spec
  const at = `${path}.storageClassName`
  if (className !== '') append(errors, each(at, className, nameIsDnsSubdomain(className, false)))
  append(errors, pointerEnum(`${path}.volumeMode`, spec.volumeMode, volumeModes))
  if (attributes === undefined) return errors
  const atAttributes = `${path}.volumeAttributesClassName`
  if (attributes === '') errors.push(field.required(atAttributes, 'an empty string is disallowed'))
  else append(errors, each(atAttributes, attributes, nameIsDnsSubdomain(attributes, false)))
  if (spec.csi === undefined) {
    errors.push(field.required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName'))
  }
  return errors
}

const isRoot = (path: string | undefined) => Boolean(path) && posix.normalize(path ?? '').replace(/\/+$/, '') === ''

function validateMountOptions({ metadata, spec }: PersistentVolume): FieldError[] {
  if (metadata?.annotations?.[mountOptions] === undefined) return []
  if (withMountOptions.some(kind => spec?.[kind] !== undefined)) return []
  const text = 'may not specify mount options for this volume type'
  return [field.forbidden(`metadata.annotations.${mountOptions}`, text)]
}

const validateSpec = (volume: PersistentVolume, rules: VolumeSpecRules): FieldError[] => [
  ...validateVolumeSpec(volume.spec ?? {}, volume.metadata?.name ?? '', 'spec', rules),
  ...validateMountOptions(volume),
]

export const validateVolume = (volume: PersistentVolume): FieldError[] => [
  ...validateBuiltinMeta(volume.metadata, false, nameIsDnsSubdomain),
  ...validateSpec(volume, { allowInvalidNodeAffinityValues: false }),
]

/** The source as upstream shows it: of the spec, what says where the volume is. */
function internalSource(source: Partial<PersistentVolumeSpec>): unknown {
  const { Capacity, AccessModes, ClaimRef, PersistentVolumeReclaimPolicy, StorageClassName, MountOptions, ...rest } =
    internalForm('io.k8s.api.core.v1.PersistentVolumeSpec', source) as Record<string, unknown>
  const { VolumeMode, NodeAffinity, VolumeAttributesClassName, ...sources } = rest
  return sources
}

const termsOf = (spec: PersistentVolumeSpec | undefined) => spec?.nodeAffinity?.required?.nodeSelectorTerms

export function validateVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const wrong = validateSpec(volume, { allowInvalidNodeAffinityValues: hasInvalidNodeValue(termsOf(old.spec)) })
  // upstream asks both as for a new volume and again with the old one beside it
  const meta = validateBuiltinMeta(volume.metadata, false, nameIsDnsSubdomain)
  const errors = [...meta, ...wrong, ...meta, ...wrong]
  const [before, after] = [sourceOf(old.spec), sourceOf(volume.spec)]
  // A volume that cannot be expanded yet may learn the secret for it.
  if (before.csi && after.csi && before.csi.controllerExpandSecretRef === undefined) {
    const { controllerExpandSecretRef: _, ...csi } = after.csi
    after.csi = csi
  }
  if (!semanticEqual(after, before)) {
    const text = 'spec.persistentvolumesource is immutable after creation'
    const changes = unifiedDiff(internalSource(before), internalSource(after))
    errors.push(field.forbidden('spec.persistentvolumesource', `${text}\n${changes}`))
  }
  if (volume.spec?.volumeMode !== old.spec?.volumeMode) {
    errors.push(field.invalid('volumeMode', volume.spec?.volumeMode ?? null, immutable))
  }
  if (old.spec?.nodeAffinity && !isSameAffinity(volume.spec?.nodeAffinity, old.spec.nodeAffinity)) {
    const text = `${immutable}, except for updating from beta label to GA`
    errors.push(field.invalid('nodeAffinity', shownAffinity(volume.spec?.nodeAffinity), text))
  }
  if (old.spec?.volumeAttributesClassName !== undefined && volume.spec?.volumeAttributesClassName === undefined) {
    const text = 'update from non-nil value to nil is forbidden'
    errors.push(field.forbidden('spec.volumeAttributesClassName', text))
  }
  return errors
}

/** Labels of nodes that have their final names now: a volume may follow. */
const finalLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

type Requirements = NodeSelectorTerm['matchExpressions']

function isSameAffinity(now: Affinity, old: Affinity): boolean {
  const [after, before] = [now?.required?.nodeSelectorTerms ?? [], old?.required?.nodeSelectorTerms ?? []]
  if ((now?.required === undefined) !== (old?.required === undefined) || after.length !== before.length) return false
  return after.every((term, index) => {
    const was = before[index]
    return isSameList(term.matchExpressions, was?.matchExpressions) && isSameList(term.matchFields, was?.matchFields)
  })
}

function isSameList(now: Requirements = [], old: Requirements = []): boolean {
  return (
    now.length === old.length &&
    now.every((requirement, index) => {
      const was = old[index]
      if (was === undefined) return false
      // upstream finds no final name for other labels, and a missing key is the same to it
      const renamed = ((Object.hasOwn(finalLabels, was.key) && finalLabels[was.key]) || '') === (requirement.key ?? '')
      return semanticEqual(requirement, renamed ? { ...was, key: requirement.key } : was)
    })
  )
}
