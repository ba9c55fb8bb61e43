import { type FieldError, field } from '@kubets/apimachinery'
import { pointerEnum, required } from '../pod/validation/checks.ts'
import type { VolumeSource } from './network-sources.ts'

export function validateAzureFile(
  source: { secretName: string; shareName: string; secretNamespace?: string },
  path: string,
): FieldError[] {
  const errors = [
    ...required(`${path}.secretName`, source.secretName),
    ...required(`${path}.shareName`, source.shareName),
  ]
  if (source.secretNamespace === '') errors.push(field.required(`${path}.secretNamespace`))
  return errors
}

const managedUri = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const blobUri = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function validateAzureDisk(disk: VolumeSource<'azureDisk'>, path: string): FieldError[] {
  const { diskURI: uri = '', kind } = disk
  const errors = [
    ...required(`${path}.diskName`, disk.diskName),
    ...required(`${path}.diskURI`, uri),
    ...pointerEnum(`${path}.cachingMode`, disk.cachingMode, ['None', 'ReadOnly', 'ReadWrite']),
    ...pointerEnum(`${path}.kind`, kind, ['Dedicated', 'Managed', 'Shared']),
  ]
  const [begin, form] = kind === 'Managed' ? ['/subscriptions/', managedUri] : ['https://', blobUri]
  if (kind !== undefined && !uri.startsWith(begin)) errors.push(field.notSupported(`${path}.diskURI`, uri, [form]))
  return errors
}
