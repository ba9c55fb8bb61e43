import { append, type FieldError, field, inclusiveRange, isDns1123Label, nameIsDnsLabel } from '@kubets/apimachinery'
import type { PersistentVolumeSpec, Volume } from '../../../../wire.ts'
import { each, noBacksteps, pointerEnum, required } from '../pod/validation/checks.ts'

export { validateAzureDisk, validateAzureFile } from './azure.ts'

export type VolumeSource<K extends keyof Volume> = NonNullable<Volume[K]>
export type PersistentSource<K extends keyof PersistentVolumeSpec> = NonNullable<PersistentVolumeSpec[K]>

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

export function validateHostPath({ path: dir, type }: VolumeSource<'hostPath'>, path: string): FieldError[] {
  if (!dir) return [field.required(`${path}.path`)]
  return [...noBacksteps(`${path}.path`, dir), ...pointerEnum(`${path}.type`, type, hostPathTypes)]
}

/** `partition` of a disk: upstream allows 0 and says 1. */
const partition = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && (value < 0 || value > 255)
    ? [field.invalid(`${path}.partition`, value, inclusiveRange(1, 255))]
    : []

export const validateGceDisk = (disk: VolumeSource<'gcePersistentDisk'>, path: string): FieldError[] => [
  ...required(`${path}.pdName`, disk.pdName),
  ...partition(disk.partition, path),
]

export const validateAwsDisk = (disk: VolumeSource<'awsElasticBlockStore'>, path: string): FieldError[] => [
  ...required(`${path}.volumeID`, disk.volumeID),
  ...partition(disk.partition, path),
]

export function validateNfs({ server, path: dir }: VolumeSource<'nfs'>, path: string): FieldError[] {
  const errors = [...required(`${path}.server`, server), ...required(`${path}.path`, dir)]
  if (!dir?.startsWith('/')) errors.push(field.invalid(`${path}.path`, dir ?? '', 'must be an absolute path'))
  return errors
}

const pairs = 'must be a host:port pair or multiple pairs separated by commas'
const hostAndPort = /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/

export function validateQuobyte(
  { registry, tenant = '', volume }: VolumeSource<'quobyte'>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (!registry) errors.push(field.required(`${path}.registry`, pairs))
  else if (tenant.length >= 65) {
    errors.push(field.required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'))
  } else {
    for (const pair of registry.split(',')) {
      if (!hostAndPort.test(pair)) errors.push(field.invalid(`${path}.registry`, registry, pairs))
    }
  }
  return [...errors, ...required(`${path}.volume`, volume)]
}

export function validateGlusterfs(
  source: VolumeSource<'glusterfs'> & { endpointsNamespace?: string },
  path: string,
): FieldError[] {
  const errors = [...required(`${path}.endpoints`, source.endpoints), ...required(`${path}.path`, source.path)]
  const { endpointsNamespace: namespace } = source
  if (namespace === undefined) return errors
  const at = `${path}.endpointsNamespace`
  if (namespace !== '') return [...errors, ...each(at, namespace, nameIsDnsLabel(namespace, false))]
  const text = 'if the endpointnamespace is set, it must be a valid namespace name'
  return [...errors, field.invalid(at, namespace, text)]
}

export function validateFlocker({ datasetName = '', datasetUUID = '' }: VolumeSource<'flocker'>, path: string) {
  const errors: FieldError[] = []
  if (datasetName === '' && datasetUUID === '') {
    errors.push(field.required(path, 'one of datasetName and datasetUUID is required'))
  }
  if (datasetName !== '' && datasetUUID !== '') {
    errors.push(field.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'))
  }
  if (datasetName.includes('/')) {
    errors.push(field.invalid(`${path}.datasetName`, datasetName, "must not contain '/'"))
  }
  return errors
}

export const validateRbd = ({ monitors, image }: { monitors?: string[]; image?: string }, path: string) => [
  ...(monitors?.length ? [] : [field.required(`${path}.monitors`)]),
  ...required(`${path}.image`, image),
]

export const validateCephfs = ({ monitors }: { monitors?: string[] }, path: string): FieldError[] =>
  monitors?.length ? [] : [field.required(`${path}.monitors`)]

export interface SecretName {
  name?: string
  namespace?: string
}

/** A secret of the pod's own namespace, or of a named one where `namespaced`. */
function validateSecretRef(secret: SecretName | undefined, path: string, namespaced: boolean): FieldError[] {
  if (secret === undefined) return []
  const errors = required(`${path}.secretRef.name`, secret.name)
  return namespaced ? [...errors, ...required(`${path}.secretRef.namespace`, secret.namespace)] : errors
}

export const validateCinder =
  (namespaced: boolean) =>
  ({ volumeID, secretRef }: { volumeID: string; secretRef?: SecretName }, path: string): FieldError[] => [
    ...required(`${path}.volumeID`, volumeID),
    ...validateSecretRef(secretRef, path, namespaced),
  ]

export const validateStorageOs =
  (namespaced: boolean) =>
  (source: { volumeName?: string; volumeNamespace?: string; secretRef?: SecretName }, path: string): FieldError[] => {
    const { volumeName = '', volumeNamespace = '' } = source
    const at = `${path}.volumeName`
    const errors = volumeName === '' ? [field.required(at)] : each(at, volumeName, isDns1123Label(volumeName))
    if (volumeNamespace !== '') {
      append(errors, each(`${path}.volumeNamespace`, volumeNamespace, isDns1123Label(volumeNamespace)))
    }
    return [...errors, ...validateSecretRef(source.secretRef, path, namespaced)]
  }

const lunRange = inclusiveRange(0, 255)

export function validateFc({ targetWWNs = [], wwids = [], lun }: VolumeSource<'fc'>, path: string): FieldError[] {
  const at = `${path}.targetWWNs`
  const errors: FieldError[] = []
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(field.required(at, 'must specify either targetWWNs or wwids, but not both'))
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(field.invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
  }
  if (targetWWNs.length === 0) return errors
  if (lun === undefined) errors.push(field.required(`${path}.lun`, 'lun is required if targetWWNs is specified'))
  else if (lun < 0 || lun > 255) errors.push(field.invalid(`${path}.lun`, lun, lunRange))
  return errors
}

export function validateFlex(
  { driver, options }: { driver: string; options?: Record<string, string> },
  path: string,
): FieldError[] {
  const errors = required(`${path}.driver`, driver)
  for (const key in options) {
    const domain = `.${key.split('/', 1)[0]?.toLowerCase()}`
    if (!domain.endsWith('.kubernetes.io') && !domain.endsWith('.k8s.io')) continue
    errors.push(field.invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'))
  }
  return errors
}

export const validateVsphere = ({ volumePath }: VolumeSource<'vsphereVolume'>, path: string): FieldError[] =>
  required(`${path}.volumePath`, volumePath)

export const validatePhoton = ({ pdID }: VolumeSource<'photonPersistentDisk'>, path: string): FieldError[] =>
  required(`${path}.pdID`, pdID)

export const validatePortworx = ({ volumeID }: VolumeSource<'portworxVolume'>, path: string): FieldError[] =>
  required(`${path}.volumeID`, volumeID)

export const validateScaleIo = (
  source: { gateway: string; system: string; volumeName?: string },
  path: string,
): FieldError[] => [
  ...required(`${path}.gateway`, source.gateway),
  ...required(`${path}.system`, source.system),
  ...required(`${path}.volumeName`, source.volumeName),
]

export function validateLocal({ path: dir }: PersistentSource<'local'>, path: string): FieldError[] {
  return dir ? noBacksteps(`${path}.path`, dir) : [field.required(`${path}.path`)]
}
