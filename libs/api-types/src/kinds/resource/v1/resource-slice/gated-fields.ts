import type { ResourceSlice } from '../../types.ts'

const lists = ['bools', 'ints', 'strings', 'versions'] as const

const devicesOf = (slice: ResourceSlice | undefined) => slice?.spec?.devices ?? []

const usesMappings = (slice: ResourceSlice | undefined) =>
  devicesOf(slice).some(({ nodeAllocatableResourceMappings: map }) => Object.keys(map ?? {}).length > 0)

const usesLists = (slice: ResourceSlice | undefined) =>
  devicesOf(slice).some(({ attributes }) =>
    Object.values(attributes ?? {}).some(attribute => lists.some(name => attribute[name] !== undefined)),
  )

/** Fields of the feature gates DRANodeAllocatableResources and DRAListTypeAttributes, off in v1.36, unless they are stored already. */
export function dropGatedFields(slice: ResourceSlice, old?: ResourceSlice): void {
  const [keepMappings, keepLists] = [usesMappings(old), usesLists(old)]
  for (const device of devicesOf(slice)) {
    if (!keepMappings) delete device.nodeAllocatableResourceMappings
    if (keepLists) continue
    for (const attribute of Object.values(device.attributes ?? {})) for (const name of lists) delete attribute[name]
  }
}
