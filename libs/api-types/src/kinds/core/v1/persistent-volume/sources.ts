import { append, type FieldError, field } from '@kubets/apimachinery'
import type { PersistentVolumeSpec } from '../../../../wire.ts'
import { validatePersistentCsi } from '../volume/csi.ts'
import { validatePersistentIscsi } from '../volume/iscsi.ts'
import * as sources from '../volume/network-sources.ts'

type Check<K extends keyof PersistentVolumeSpec> = (
  source: sources.PersistentSource<K>,
  path: string,
  volume: string,
) => FieldError[]

interface SourceRow {
  readonly kind: keyof PersistentVolumeSpec
  readonly check: (source: never, path: string, volume: string) => FieldError[]
  /** Where its errors are, when upstream has another name there than the field's. */
  readonly path?: string
  /** The same for the error of a second source. */
  readonly second?: string
}

const row = <K extends keyof PersistentVolumeSpec>(
  kind: K,
  check: Check<K>,
  names: Pick<SourceRow, 'path' | 'second'> = {},
) => ({ kind, check, ...names }) as SourceRow

/** Every kind of source, in upstream's order: the first one found is checked, more are refused. */
const rows: readonly SourceRow[] = [
  row('hostPath', sources.validateHostPath),
  row('gcePersistentDisk', sources.validateGceDisk, { path: 'persistentDisk' }),
  row('awsElasticBlockStore', sources.validateAwsDisk),
  row('glusterfs', sources.validateGlusterfs),
  row('flocker', sources.validateFlocker),
  row('nfs', sources.validateNfs),
  row('rbd', sources.validateRbd),
  row('quobyte', sources.validateQuobyte),
  row('cephfs', sources.validateCephfs, { second: 'cephFS' }),
  row('iscsi', validatePersistentIscsi),
  row('cinder', sources.validateCinder(true)),
  row('fc', sources.validateFc),
  row('flexVolume', sources.validateFlex),
  row('azureFile', sources.validateAzureFile),
  row('vsphereVolume', sources.validateVsphere),
  row('photonPersistentDisk', sources.validatePhoton),
  row('portworxVolume', sources.validatePortworx),
  row('azureDisk', sources.validateAzureDisk),
  row('scaleIO', sources.validateScaleIo),
  row('local', sources.validateLocal),
  row('storageos', sources.validateStorageOs(true)),
  row('csi', validatePersistentCsi),
]

/** Exactly one source, and that one complete. `volume` is the object's name. */
export function validateSources(spec: PersistentVolumeSpec, path: string, volume: string): FieldError[] {
  const errors: FieldError[] = []
  let found = false
  for (const { kind, check, path: name = kind, second = kind } of rows) {
    const source = spec[kind]
    if (source === undefined) continue
    // Upstream never refuses a flexVolume for being the second one.
    if (found && kind !== 'flexVolume') {
      errors.push(field.forbidden(`${path}.${second}`, 'may not specify more than 1 volume type'))
      continue
    }
    found = true
    append(errors, check(source as never, `${path}.${name}`, volume))
    if (kind === 'local' && spec.nodeAffinity === undefined) {
      errors.push(field.required(`${path}.nodeAffinity`, 'Local volume requires node affinity'))
    }
  }
  return found ? errors : [field.required(path, 'must specify a volume type')]
}

/** The part of a spec that says where the bytes are. */
export function sourceOf(spec: PersistentVolumeSpec | undefined): Partial<PersistentVolumeSpec> {
  const source: Record<string, unknown> = {}
  for (const { kind } of rows) if (spec?.[kind] !== undefined) source[kind] = spec[kind]
  return source
}
