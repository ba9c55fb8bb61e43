import { type FieldError, field, isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'
import type { VolumeAttachment } from '../../types.ts'
import { validateDriverName } from '../validation/driver-name.ts'

type InlineVolume = NonNullable<NonNullable<VolumeAttachment['spec']['source']>['inlineVolumeSpec']>
type Csi = NonNullable<InlineVolume['csi']>
type SecretRef = NonNullable<Csi['nodePublishSecretRef']>

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const inContext = 'in the context of inline volumes'

/** Sources of a persistent volume besides CSI, in upstream's order. */
const otherSources = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
] as const satisfies readonly (keyof InlineVolume)[]

/** A volume that was translated from a pod's: only CSI, and nothing that belongs to claims. */
export function validateInlineVolume(spec: InlineVolume, path: string): FieldError[] {
  const { accessModes = [], persistentVolumeReclaimPolicy: policy, volumeMode, csi } = spec
  const errors: FieldError[] = []
  const forbidden = `may not be specified ${inContext}`
  if (spec.claimRef !== undefined) errors.push(field.forbidden(`${path}.claimRef`, forbidden))
  if (Object.keys(spec.capacity ?? {}).length > 0) errors.push(field.forbidden(`${path}.capacity`, forbidden))
  if (csi === undefined) errors.push(field.required(`${path}.csi`, `has to be specified ${inContext}`))
  errors.push(...validateAccessModes(accessModes, `${path}.accessModes`))
  if (policy && policy !== 'Retain') {
    errors.push(field.forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${inContext}`))
  }
  if (spec.nodeAffinity !== undefined) errors.push(field.forbidden(`${path}.nodeAffinity`, forbidden))
  const others = otherSources.filter(name => spec[name] !== undefined)
  // flexVolume alone is not asked for being the second
  for (const name of others.slice(1)) if (name !== 'flexVolume') errors.push(secondSource(path, name))
  if (csi !== undefined)
    errors.push(...(others.length > 0 ? [secondSource(path, 'csi')] : validateCsi(csi, `${path}.csi`)))
  else if (others.length === 0) errors.push(field.required(path, 'must specify a volume type'))
  if (spec.storageClassName) errors.push(field.forbidden(`${path}.storageClassName`, forbidden))
  if (volumeMode !== undefined && volumeMode !== 'Filesystem') {
    errors.push(field.forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${inContext}`))
  }
  return errors
}

const secondSource = (path: string, name: string): FieldError =>
  field.forbidden(`${path}.${name === 'cephfs' ? 'cephFS' : name}`, 'may not specify more than 1 volume type')

function validateAccessModes(given: readonly string[], path: string): FieldError[] {
  if (given.length === 0) return [field.required(path)]
  const errors = given.filter(mode => !modes.includes(mode)).map(mode => field.notSupported(path, mode, modes))
  const exclusive = given.includes('ReadWriteOncePod')
  if (exclusive && given.some(mode => mode !== 'ReadWriteOncePod' && modes.includes(mode))) {
    errors.push(field.forbidden(path, 'may not use ReadWriteOncePod with other access modes'))
  }
  return errors
}

function validateCsi(csi: Csi, path: string): FieldError[] {
  const errors = validateDriverName(csi.driver, `${path}.driver`)
  if (!csi.volumeHandle) errors.push(field.required(`${path}.volumeHandle`))
  for (const name of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const) {
    errors.push(...validateSecretRef(csi[name], `${path}.${name}`))
  }
  return errors
}

function validateSecretRef(ref: SecretRef | undefined, path: string): FieldError[] {
  if (ref === undefined) return []
  const { name = '', namespace = '' } = ref
  const part = (at: string, value: string, check: (value: string) => string[]) =>
    value === '' ? [field.required(at)] : check(value).map(message => field.invalid(at, value, message))
  return [...part(`${path}.name`, name, isDns1123Subdomain), ...part(`${path}.namespace`, namespace, isDns1123Label)]
}
