import { append, type FieldError, field, isQualifiedName, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { notNegative } from '../../../core/v1/pod/validation/checks.ts'
import { validateCsiDriverName } from '../../../core/v1/volume/csi.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import type { CSINode } from '../../types.ts'

type Driver = NonNullable<CSINode['spec']['drivers']>[number]

const maxNodeId = 256

function validateDriver({ name = '', nodeID = '', allocatable, topologyKeys }: Driver, path: string) {
  const errors = validateCsiDriverName(name, `${path}.name`)
  if (nodeID === '') errors.push(field.required(`${path}.nodeID`))
  if (Buffer.byteLength(nodeID) > maxNodeId) {
    errors.push(field.invalid(`${path}.nodeID`, nodeID, `must be ${maxNodeId} characters or less`))
  }
  append(errors, notNegative(`${path}.allocatable.count`, allocatable?.count))
  return { errors, keys: validateTopologyKeys(topologyKeys ?? [], path) }
}

function validateTopologyKeys(keys: readonly string[], path: string): FieldError[] {
  const seen = new Set<string>()
  return keys.flatMap(key => {
    const errors: FieldError[] = []
    if (key === '') errors.push(field.required(path))
    if (seen.has(key)) errors.push(field.duplicate(path, key))
    seen.add(key)
    return errors.concat(isQualifiedName(key).map(message => field.invalid(path, key, message)))
  })
}

function validateDrivers({ spec }: CSINode): FieldError[] {
  const names = new Set<string>()
  return (spec?.drivers ?? []).flatMap((driver, index) => {
    const at = `spec.drivers[${index}]`
    const { errors, keys } = validateDriver(driver, at)
    if (names.has(driver.name)) errors.push(field.duplicate(`${at}.name`, driver.name))
    names.add(driver.name)
    return [...errors, ...keys]
  })
}

/** A driver that stays is as it was; only how many volumes it takes may change. */
function validateKeptDrivers(node: CSINode, old: CSINode): FieldError[] {
  return (old.spec?.drivers ?? []).flatMap(before =>
    (node.spec?.drivers ?? [])
      .filter(({ name }) => name === before.name)
      .flatMap(now =>
        validateImmutablePart(
          'io.k8s.api.storage.v1.CSINodeDriver',
          withoutAllocatable(now),
          withoutAllocatable(before),
          'spec.drivers',
        ),
      ),
  )
}

const withoutAllocatable = ({ allocatable: _, ...driver }: Driver) => driver

export const strategy: Strategy<CSINode> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: node => [...validateBuiltinMeta(node.metadata, false, nameIsDnsSubdomain), ...validateDrivers(node)],
  validatesMetaUpdate: false,
  validateUpdate: (node, old) => [
    ...validateBuiltinMeta(node.metadata, false, nameIsDnsSubdomain),
    ...validateDrivers(node),
    ...validateKeptDrivers(node, old),
  ],
}
