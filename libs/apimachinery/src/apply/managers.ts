import { type FieldSet, union } from './field-set.ts'
import { decodeFieldsV1, encodeFieldsV1, type FieldsV1, fieldsV1Text } from './fields-v1.ts'
import { compareUtf8 } from './path-element.ts'
import { sortShort } from './sort-short.ts'

/** One entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager?: string
  operation?: string
  apiVersion?: string
  time?: string | null
  fieldsType?: string
  fieldsV1?: object | null
  subresource?: string
}

/** What one manager has. */
export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource: string
  /** The version of the API that its fields are written in. */
  readonly apiVersion: string
  readonly time: string | undefined
  readonly set: FieldSet
  /** The set's wire form, as long as it is known. */
  readonly fields?: FieldsV1 | undefined
}

/** By identifier: one writer may be several managers, told apart by operation, subresource and (of updates) version. */
export type Managers = Map<string, Manager>

/** Upstream's identifier; its order is the order in which equally old managers are merged. */
export function managerId(
  name: string,
  operation: 'Apply' | 'Update',
  apiVersion: string,
  subresource: string,
): string {
  for (let i = 0; i < lastIds.length; i++) {
    const last = lastIds[i] as KnownId
    if (name !== last.name || subresource !== last.subresource) continue
    if (operation === last.operation && apiVersion === last.apiVersion) return last.id
  }
  const id = JSON.stringify({
    ...(name === '' ? {} : { manager: name }),
    operation,
    ...(operation === 'Apply' || apiVersion === '' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  })
  lastIds[nextId] = { name, operation, apiVersion, subresource, id }
  nextId = (nextId + 1) % maxIds
  return id
}

interface KnownId {
  readonly name: string
  readonly operation: string
  readonly apiVersion: string
  readonly subresource: string
  readonly id: string
}
/** Those made last: an object has some managers, and the next one has the same. */
const lastIds: KnownId[] = []
const maxIds = 8
let nextId = 0

/** @throws Error in upstream's words, for the first entry that is not valid. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | null | undefined): Managers {
  const managers: Managers = new Map()
  if (entries === undefined || entries === null) return managers
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as ManagedFieldsEntry
    const { manager: name = '', operation, apiVersion = '', subresource = '', fieldsType = '' } = entry
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`')
    if (apiVersion === '') throw new Error('apiVersion must not be empty')
    if (fieldsType === '') throw new Error(`missing fieldsType in managed fields entry ${index}`)
    if (fieldsType !== 'FieldsV1')
      throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`)
    let fields: ReturnType<typeof decodeFieldsV1>
    try {
      fields = decodeFieldsV1(entry.fieldsV1)
    } catch (error) {
      throw new Error(`error decoding set: ${(error as Error).message}`)
    }
    managers.set(managerId(name, operation, apiVersion, subresource), {
      name,
      operation,
      subresource,
      apiVersion,
      time: entry.time ?? undefined,
      set: fields.set,
      fields: fields.value,
    })
  }
  return managers
}

/** The entries of an object, in upstream's order; undefined when nobody has anything. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  const sorted = [...managers.values()]
  sortShort(sorted, compareManagers)
  return sorted.map(encodeManager)
}

function encodeManager({ name, operation, apiVersion, time, subresource, set, fields }: Manager): ManagedFieldsEntry {
  const fieldsV1 = fields ?? encodeFieldsV1(set).value
  // the usual ones in one piece: what is put together member by member is made and read slowly
  if (name !== '' && time !== undefined) {
    const entry = { manager: name, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1 }
    return subresource === '' ? entry : { ...entry, subresource }
  }
  return {
    ...(name === '' ? {} : { manager: name }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource === '' ? {} : { subresource }),
  }
}

/** Appliers first, then by time. */
function compareManagers(a: Manager, b: Manager): number {
  if (a.operation !== b.operation) return a.operation < b.operation ? -1 : 1
  return (
    (a.time === b.time ? 0 : seconds(a.time) - seconds(b.time)) ||
    compareUtf8(a.name, b.name) ||
    compareUtf8(a.apiVersion, b.apiVersion) ||
    compareUtf8(a.subresource, b.subresource)
  )
}

const seconds = (time: string | undefined) => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000))

/** A manager with another set: a manager keeps its wire form only with its set. */
export function withSet(manager: Manager, set: FieldSet): Manager {
  return set === manager.set ? manager : { ...manager, set, fields: undefined }
}

/** Managers of updates that are kept apart; beyond it the oldest become `ancient-changes`. */
const maxUpdateManagers = 10
const oldest = 'ancient-changes'

/** Puts the oldest updates of a version together until there are few enough. In place. */
export function capUpdateManagers(managers: Managers): void {
  if (managers.size <= maxUpdateManagers) return
  const updates = [...managers].filter(([, manager]) => manager.operation === 'Update')
  if (updates.length <= maxUpdateManagers) return
  updates.sort(([a, x], [b, y]) => seconds(x.time) - seconds(y.time) || compareUtf8(a, b))
  const first = new Map<string, string>()
  let length = updates.length
  for (const [id, manager] of updates) {
    if (length <= maxUpdateManagers) return
    const { apiVersion } = manager
    const before = first.get(apiVersion)
    if (before === undefined) {
      first.set(apiVersion, id)
      continue
    }
    const bucketId = managerId(oldest, 'Update', apiVersion, '')
    let bucket = managers.get(bucketId)
    if (bucket === undefined) {
      bucket = managers.get(before) as Manager
      managers.delete(before)
    }
    managers.delete(id)
    managers.set(bucketId, {
      name: oldest,
      operation: 'Update',
      subresource: '',
      apiVersion,
      time: manager.time,
      set: union(manager.set, bucket.set),
    })
    length--
  }
}

/** `[]` and `[{}]`: the writer wants the ownership of all fields forgotten. */
export function isReset(entries: readonly ManagedFieldsEntry[] | null | undefined): boolean {
  if (entries === undefined || entries === null) return false
  if (entries.length === 0) return true
  const [only] = entries
  return entries.length === 1 && Object.values(only ?? {}).every(v => v === undefined || v === null || v === '')
}

/** Whether two lists of entries say the same, times apart. */
export function sameManagers(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  if (a.length !== b.length) return false
  return a.every((entry, i) => {
    const { manager, operation, apiVersion, subresource, fieldsType, fieldsV1 } = b[i] as ManagedFieldsEntry
    return (
      entry.manager === manager &&
      entry.operation === operation &&
      entry.apiVersion === apiVersion &&
      (entry.subresource ?? '') === (subresource ?? '') &&
      entry.fieldsType === fieldsType &&
      (entry.fieldsV1 === fieldsV1 || fieldsV1Text(entry.fieldsV1) === fieldsV1Text(fieldsV1))
    )
  })
}
