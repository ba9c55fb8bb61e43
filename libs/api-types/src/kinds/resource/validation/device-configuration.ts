import { type FieldError, field } from '@kubets/apimachinery'
import { validateCsiDriverName } from '../../core/v1/volume/csi.ts'
import type { DeviceClass } from '../types.ts'
import { validateOpaqueData } from './opaque-data.ts'

type Configuration = NonNullable<DeviceClass['spec']['config']>[number]

/** Entries of a configuration; allocations have as many from their class as from their claim. */
export const maxConfigurations = 32
const maxParameters = 10 * 1024

/** What a driver is told. `stored`: it is in the store already, so its length is not asked for. */
export function validateConfiguration({ opaque }: Configuration, path: string, stored: boolean): FieldError[] {
  if (opaque === undefined) return [field.required(`${path}.opaque`)]
  return [
    ...validateCsiDriverName(opaque.driver, `${path}.opaque.driver`),
    ...validateOpaqueData(opaque.parameters, `${path}.opaque.parameters`, { stored, maxBytes: maxParameters }),
  ]
}
