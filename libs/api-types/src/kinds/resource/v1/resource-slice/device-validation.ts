import { append, type FieldError, field, isDns1123Subdomain, Quantity, semanticEqual } from '@kubets/apimachinery'
import { each } from '../../../core/v1/pod/validation/checks.ts'
import { validateNodeSelector } from '../../../core/v1/pod/validation/node-selector.ts'
import type { Device } from '../../types.ts'
import { validateBindingConditions } from '../../validation/binding-conditions.ts'
import { unbounded, validateList, validateMap, validateSet } from '../../validation/collections.ts'
import { longestQualifiedName, validateLabel, validateQualifiedName } from '../../validation/names.ts'
import { validateTaint } from '../../validation/taints.ts'
import { countValues, validateAttribute } from './attribute-validation.ts'
import { validateRequestPolicy } from './capacity-validation.ts'
import { validateCounters } from './counter-validation.ts'

const maxAttributesAndCapacities = 32
const maxValues = 48
const maxTaints = 16
const maxConsumptions = 2
const mapRules = { max: unbounded, longestKey: longestQualifiedName }

export function validateDevice(
  device: Device,
  old: Device | undefined,
  path: string,
  placedOneByOne: boolean,
): FieldError[] {
  const { name, attributes = {}, capacity, taints, consumesCounters, allowMultipleAllocations } = device
  const errors = validateLabel(name, `${path}.name`)
  const count = Object.keys(attributes).length + Object.keys(capacity ?? {}).length
  if (count > maxAttributesAndCapacities) {
    const text = `the total number of attributes and capacities must not exceed ${maxAttributesAndCapacities}`
    errors.push(field.invalid(path, count, text))
  }
  const values = countValues(attributes)
  if (values > maxValues) {
    errors.push(field.invalid(path, values, `the total number of attribute values must not exceed ${maxValues}`))
  }
  append(
    errors,
    validateMap(attributes, mapRules, `${path}.attributes`, validateQualifiedName, validateAttribute),
    validateMap(capacity, mapRules, `${path}.capacity`, validateQualifiedName, (one, at) => {
      if (one.requestPolicy === undefined) return []
      return allowMultipleAllocations === true
        ? validateRequestPolicy(one, `${at}.requestPolicy`)
        : [field.forbidden(`${at}.requestPolicy`, 'allowMultipleAllocations must be true')]
    }),
  )
  if (old === undefined || !semanticEqual(old.taints, taints)) {
    append(
      errors,
      validateList(taints, maxTaints, `${path}.taints`, (taint, at) => validateTaint(taint, undefined, at)),
    )
  }
  return [
    ...errors,
    ...validateSet(
      consumesCounters,
      maxConsumptions,
      `${path}.consumesCounters`,
      ({ counterSet, counters }, at) =>
        validateCounters({ name: counterSet, nameAt: `${at}.counterSet`, counters, countersAt: `${at}.counters` }),
      ({ counterSet }) => counterSet ?? '',
    ),
    ...validatePlace(device, path, placedOneByOne),
    ...validateBindingConditions(device, path),
    ...validateMappings(device, `${path}.nodeAllocatableResourceMappings`),
  ]
}

const exactlyOne =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

/** Which nodes reach this device: said here when the slice leaves it to its devices, and only then. */
function validatePlace({ nodeName, nodeSelector, allNodes }: Device, path: string, placedOneByOne: boolean) {
  const errors: FieldError[] = []
  if (!placedOneByOne) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return errors
    const text =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
    return [field.invalid(path, null, text)]
  }
  const set: string[] = []
  if (nodeName) {
    set.push('`nodeName`')
    append(errors, each(`${path}.nodeName`, nodeName, isDns1123Subdomain(nodeName)))
  } else if (nodeName === '') errors.push(field.invalid(`${path}.nodeName`, nodeName, 'must not be empty'))
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`')
    append(errors, validateNodeSelector(nodeSelector, `${path}.nodeSelector`, { allowInvalidValues: false }))
  }
  if (allNodes === true) set.push('`allNodes`')
  else if (allNodes === false) {
    errors.push(field.invalid(`${path}.allNodes`, allNodes, 'must be either unset or set to true'))
  }
  if (set.length === 0) errors.push(field.required(path, exactlyOne))
  else if (set.length > 1) errors.push(field.invalid(path, `{${set.join(', ')}}`, exactlyOne))
  return errors
}

const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')

/** What a device takes of its node, in multiples or by a capacity of its own. */
function validateMappings({ nodeAllocatableResourceMappings, capacity }: Device, path: string): FieldError[] {
  return Object.entries(nodeAllocatableResourceMappings ?? {}).flatMap(([name, mapping]) => {
    const at = `${path}[${name}]`
    const { allocationMultiplier, capacityKey } = mapping
    const errors = isNative(name) ? [] : [field.invalid(at, name, 'must be a node allocatable resource name')]
    if (allocationMultiplier === undefined && capacityKey === undefined) {
      return [...errors, field.invalid(at, '', 'at least one of allocationMultiplier or capacityKey must be set')]
    }
    const multiplier = allocationMultiplier === undefined ? undefined : Quantity.parse(allocationMultiplier)
    if (multiplier !== undefined && multiplier.sign() <= 0) {
      errors.push(field.invalid(`${at}.allocationMultiplier`, multiplier.toString(), 'must be positive'))
    }
    if (capacityKey === '') {
      errors.push(field.invalid(`${at}.capacityKey`, '', 'capacityKey must not be an empty string'))
    } else if (capacityKey !== undefined && !Object.hasOwn(capacity ?? {}, capacityKey)) {
      errors.push(field.notFound(`${at}.capacityKey`, capacityKey))
    }
    return errors
  })
}
