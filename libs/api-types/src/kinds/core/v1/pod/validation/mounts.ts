import { append, type FieldError, field } from '@kubets/apimachinery'
import type { Container, Volume } from '../../../../../wire.ts'
import type { AnyContainer } from '../containers.ts'
import { items, localPath, noBacksteps, pointerEnum } from './checks.ts'

const propagations = ['Bidirectional', 'HostToContainer', 'None']

/** Mounts name volumes that exist, each at a place of its own. */
export function validateMounts(
  container: AnyContainer,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  if (!container.volumeMounts?.length) return []
  const places = new Set<string>()
  const devices = container.volumeDevices ?? []
  return items(container.volumeMounts, `${path}.volumeMounts`, (mount, at) => {
    const { name = '', mountPath = '', subPath, subPathExpr } = mount
    const errors: FieldError[] = []
    if (!name) errors.push(field.required(`${at}.name`))
    const volume = volumes.get(name)
    if (volume === undefined) errors.push(field.notFound(`${at}.name`, name ?? ''))
    if (!mountPath) errors.push(field.required(`${at}.mountPath`))
    if (places.has(mountPath)) errors.push(field.invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    places.add(mountPath)
    if (devices.length > 0 && devices.some(device => (device.name ?? '') === name)) {
      errors.push(field.invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    }
    if (devices.length > 0 && devices.some(device => (device.devicePath ?? '') === mountPath)) {
      const text = 'must not already exist as a path in volumeDevices'
      errors.push(field.invalid(`${at}.mountPath`, mountPath, text))
    }
    if (subPath) append(errors, localPath(`${path}.volumeMounts.subPath`, subPath))
    if (subPathExpr) {
      if (subPath) {
        const text = 'subPathExpr and subPath are mutually exclusive'
        errors.push(field.invalid(`${at}.subPathExpr`, subPathExpr, text))
      }
      append(errors, localPath(`${path}.volumeMounts.subPathExpr`, subPathExpr))
    }
    append(errors, validatePropagation(mount, container, `${path}.volumeMounts`))
    return errors
  })
}

type Mount = NonNullable<Container['volumeMounts']>[number]

/** `path` is that of all mounts: upstream's errors of these two fields have no index. */
function validatePropagation(mount: Mount, container: AnyContainer, path: string): FieldError[] {
  const { mountPropagation: propagation, recursiveReadOnly: recursive } = mount
  if (propagation === undefined && recursive === undefined) return []
  const at = `${path}.mountPropagation`
  const errors = pointerEnum(at, propagation, propagations)
  if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(field.forbidden(at, 'Bidirectional mount propagation is available only to privileged containers'))
  }
  if (recursive === undefined || recursive === 'Disabled') return errors
  const atRecursive = `${path}.recursiveReadOnly`
  if (recursive !== 'Enabled' && recursive !== 'IfPossible') {
    return [...errors, field.notSupported(atRecursive, recursive, ['Disabled', 'Enabled', 'IfPossible'])]
  }
  if (mount.readOnly !== true) {
    errors.push(field.forbidden(atRecursive, 'may only be specified when readOnly is true'))
  }
  if (propagation !== undefined && propagation !== 'None') {
    const text = 'may only be specified when mountPropagation is None or not specified'
    errors.push(field.forbidden(atRecursive, text))
  }
  return errors
}

/** Raw block devices come from claims only. */
export function validateDevices(
  container: AnyContainer,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  // hardly anybody has them
  if (!container.volumeDevices?.length) return []
  const paths = new Set<string>()
  const names = new Set<string>()
  const mounts = container.volumeMounts ?? []
  return items(container.volumeDevices, `${path}.volumeDevices`, ({ name = '', devicePath = '' }, at) => {
    const errors: FieldError[] = []
    const volume = volumes.get(name)
    if (!name) errors.push(field.required(`${at}.name`))
    if (names.has(name)) errors.push(field.invalid(`${at}.name`, name, 'must be unique'))
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      errors.push(
        field.invalid(
          `${at}.name`,
          name,
          'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        ),
      )
    }
    if (volume === undefined) errors.push(field.notFound(`${at}.name`, name ?? ''))
    if (!devicePath) errors.push(field.required(`${at}.devicePath`))
    if (paths.has(devicePath)) errors.push(field.invalid(`${at}.devicePath`, devicePath, 'must be unique'))
    if (devicePath && noBacksteps('', devicePath).length > 0) {
      errors.push(field.invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"))
    } else paths.add(devicePath)
    if (mounts.some(mount => (mount.name ?? '') === name)) {
      errors.push(field.invalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    }
    if (mounts.some(mount => (mount.mountPath ?? '') === devicePath)) {
      errors.push(field.invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'))
    }
    if (name) names.add(name)
    return errors
  })
}
