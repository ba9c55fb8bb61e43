import { append, type FieldError, field, isDns1123Label, nameIsDnsSubdomain, Quantity } from '@kubets/apimachinery'
import type { Volume } from '../../../../../wire.ts'
import { validateClaimTemplate } from '../../persistent-volume-claim/validation.ts'
import { validateCsi } from '../../volume/csi.ts'
import { validateIscsi, validateIscsiName } from '../../volume/iscsi.ts'
import * as sources from '../../volume/network-sources.ts'
import { each, fileMode, items, localPath, required, requiredEnum } from './checks.ts'
import { validateDownwardFile, validateKeyToPath, validateProjected } from './projected.ts'
import type { PodRules } from './rules.ts'

type Check<K extends keyof Volume> = (source: sources.VolumeSource<K>, path: string, rules: PodRules) => FieldError[]

interface SourceRow {
  readonly kind: keyof Volume
  readonly check: (source: never, path: string, rules: PodRules) => FieldError[]
  /** Where its errors are, when upstream has another name there than the field's. */
  readonly path?: string
  /** The same for the error of a second source. */
  readonly second?: string
}

const row = <K extends keyof Volume>(kind: K, check: Check<K>, names: Pick<SourceRow, 'path' | 'second'> = {}) =>
  ({ kind, check, ...names }) as SourceRow

/** Every kind of source, in upstream's order: the first one found is checked, more are refused. */
const rows: readonly SourceRow[] = [
  row('emptyDir', ({ sizeLimit }, path) =>
    sizeLimit !== undefined && Quantity.parse(sizeLimit).sign() < 0
      ? [field.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  ),
  row('hostPath', sources.validateHostPath),
  row('gitRepo', ({ repository, directory = '' }, path) => [
    ...required(`${path}.repository`, repository),
    ...localPath(`${path}.directory`, directory),
  ]),
  row('gcePersistentDisk', sources.validateGceDisk, { path: 'persistentDisk' }),
  row('awsElasticBlockStore', sources.validateAwsDisk),
  row('secret', ({ secretName, defaultMode, items: keys }, path) => [
    ...required(`${path}.secretName`, secretName),
    ...fileMode(`${path}.defaultMode`, defaultMode),
    ...items(keys, `${path}.items`, validateKeyToPath),
  ]),
  row('nfs', sources.validateNfs),
  row('iscsi', validateIscsi),
  row('glusterfs', sources.validateGlusterfs),
  row('flocker', sources.validateFlocker),
  row('persistentVolumeClaim', ({ claimName }, path) => required(`${path}.claimName`, claimName)),
  row('rbd', sources.validateRbd),
  row('cinder', sources.validateCinder(false)),
  row('cephfs', sources.validateCephfs, { second: 'cephFS' }),
  row('quobyte', sources.validateQuobyte),
  row(
    'downwardAPI',
    ({ defaultMode, items: files }, path) => [
      ...fileMode(`${path}.defaultMode`, defaultMode),
      ...(files ?? []).flatMap(file => validateDownwardFile(file, path)),
    ],
    { second: 'downwarAPI' },
  ),
  row('fc', sources.validateFc),
  row('flexVolume', sources.validateFlex),
  row('configMap', ({ name, defaultMode, items: keys }, path) => [
    ...required(`${path}.name`, name),
    ...fileMode(`${path}.defaultMode`, defaultMode),
    ...items(keys, `${path}.items`, validateKeyToPath),
  ]),
  row('azureFile', sources.validateAzureFile),
  row('vsphereVolume', sources.validateVsphere),
  row('photonPersistentDisk', sources.validatePhoton),
  row('portworxVolume', sources.validatePortworx),
  row('azureDisk', sources.validateAzureDisk),
  row('storageos', sources.validateStorageOs(false)),
  row('projected', validateProjected),
  row('scaleIO', sources.validateScaleIo),
  row('csi', validateCsi),
  row('ephemeral', ({ volumeClaimTemplate: template }, path) =>
    template
      ? validateClaimTemplate(template, `${path}.volumeClaimTemplate`)
      : [field.required(`${path}.volumeClaimTemplate`)],
  ),
  row('image', ({ reference, pullPolicy }, path, { isPod }) => [
    ...(isPod ? required(`${path}.reference`, reference) : []),
    ...requiredEnum(`${path}.pullPolicy`, pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ]),
]

const rowOf: ReadonlyMap<string, SourceRow> = new Map(rows.map(row => [row.kind, row]))

/** The rows of what a volume has, which is mostly one. */
function rowsOf(volume: Volume): readonly SourceRow[] {
  let found: SourceRow | undefined
  for (const name in volume) {
    const row = rowOf.get(name)
    if (row === undefined) continue
    // in upstream's order
    if (found !== undefined) return rows
    found = row
  }
  return found === undefined ? [] : [found]
}

function validateSource(volume: Volume, path: string, rules: PodRules, podName: string): FieldError[] {
  const errors: FieldError[] = []
  let found = false
  for (const { kind, check, path: name = kind, second = kind } of rowsOf(volume)) {
    const source = volume[kind]
    if (source === undefined) continue
    if (found) errors.push(field.forbidden(`${path}.${second}`, 'may not specify more than 1 volume type'))
    else append(errors, check(source as never, `${path}.${name}`, rules))
    if (kind === 'iscsi' && volume.iscsi) append(errors, validateIscsiName(volume.iscsi, volume.name ?? '', path))
    if (kind === 'ephemeral' && !found) append(errors, validateClaimName(volume.name, path, podName))
    found = true
  }
  return found ? errors : [field.required(path, 'must specify a volume type')]
}

/** The claim that an ephemeral volume makes is named after the pod and the volume. */
function validateClaimName(volume: string | undefined, path: string, podName: string): FieldError[] {
  if (podName === '' || !volume) return []
  const claim = `${podName}-${volume}`
  return each(
    `${path}.name`,
    volume,
    nameIsDnsSubdomain(claim, false).map(text => `PVC name "${claim}": ${text}`),
  )
}

/** Names of the claims that the pod's ephemeral volumes make; most pods have none. */
function claimsMadeFor(volumes: readonly Volume[] | undefined, podName: string): ReadonlySet<string> | undefined {
  if (podName === '' || !volumes?.some(({ ephemeral }) => ephemeral)) return undefined
  return new Set(volumes.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${podName}-${name}`))
}

export interface CheckedVolumes {
  readonly errors: FieldError[]
  /** Those without errors: what mounts may name. */
  readonly volumes: ReadonlyMap<string, Volume>
}

/** `podName`: '' for templates, whose pods' names are not known yet. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  rules: PodRules,
  podName = '',
): CheckedVolumes {
  const right = new Map<string, Volume>()
  const made = claimsMadeFor(volumes, podName)
  const errors = items(volumes, path, (volume, at) => {
    const { name, persistentVolumeClaim: claim } = volume
    const found = validateSource(volume, at, rules, podName)
    if (!name) found.push(field.required(`${at}.name`))
    else append(found, each(`${at}.name`, name, isDns1123Label(name)))
    if (right.has(name)) found.push(field.duplicate(`${at}.name`, name))
    if (found.length === 0) right.set(name, volume)
    if (claim !== undefined && made?.has(claim.claimName)) {
      const text = 'must not reference a PVC that gets created for an ephemeral volume'
      found.push(field.invalid(`${at}.persistentVolumeClaim.claimName`, claim.claimName, text))
    }
    return found
  })
  return { errors, volumes: right }
}
