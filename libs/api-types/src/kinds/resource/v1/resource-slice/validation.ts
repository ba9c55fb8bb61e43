import { append, type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'
import { each } from '../../../core/v1/pod/validation/checks.ts'
import { validateNodeSelector } from '../../../core/v1/pod/validation/node-selector.ts'
import { validateCsiDriverName } from '../../../core/v1/volume/csi.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import type { ResourceSlice } from '../../types.ts'
import { validateSet } from '../../validation/collections.ts'
import { validatePoolName } from '../../validation/names.ts'
import { validateCounters } from './counter-validation.ts'
import { validateDevice } from './device-validation.ts'

type Spec = ResourceSlice['spec']
type CounterSet = NonNullable<Spec['sharedCounters']>[number]

const maxDevices = 128
/** Where devices have taints, counters or lists of values. */
const maxLargeDevices = 64
const maxCounterSets = 8

const where = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const
const exactlyOne = `exactly one of ${where.map(name => `\`${name}\``).join(', ')} is required`

export function validateSpec(slice: ResourceSlice, old?: ResourceSlice): FieldError[] {
  const spec: Partial<Spec> = slice.spec ?? {}
  const before: Partial<Spec> = old?.spec ?? {}
  const errors = [...validateCsiDriverName(spec.driver, 'spec.driver'), ...validatePool(spec.pool, 'spec.pool')]
  if (old !== undefined) {
    append(
      errors,
      validateImmutable(spec.pool?.name ?? '', before.pool?.name ?? '', 'spec.pool.name'),
      validateImmutable(spec.driver ?? '', before.driver ?? '', 'spec.driver'),
      validateImmutable(spec.nodeName, before.nodeName, 'spec.nodeName'),
    )
  }
  append(errors, validatePlace(spec))
  if (spec.sharedCounters !== undefined && spec.devices !== undefined) {
    errors.push(field.invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'))
  }
  const known = new Map(before.devices?.map(device => [device.name, device]))
  return [
    ...errors,
    ...validateSet(
      spec.devices,
      isLarge(spec) ? maxLargeDevices : maxDevices,
      'spec.devices',
      (device, at) => validateDevice(device, known.get(device.name), at, spec.perDeviceNodeSelection === true),
      ({ name }) => name ?? '',
    ),
    ...validateSet(
      spec.sharedCounters,
      maxCounterSets,
      'spec.sharedCounters',
      validateCounterSet,
      ({ name }) => name ?? '',
    ),
  ]
}

const isLarge = ({ devices = [] }: Partial<Spec>) =>
  devices.some(
    ({ taints = [], consumesCounters = [], attributes = {} }) =>
      taints.length > 0 ||
      consumesCounters.length > 0 ||
      Object.values(attributes).some(({ bools, ints, strings, versions }) => bools ?? ints ?? strings ?? versions),
  )

function validatePool(pool: Spec['pool'] | undefined, path: string): FieldError[] {
  const { name, resourceSliceCount = 0, generation = 0 } = pool ?? {}
  const errors = validatePoolName(name, `${path}.name`)
  if (resourceSliceCount <= 0) {
    errors.push(field.invalid(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero'))
  }
  if (generation < 0) {
    errors.push(field.invalid(`${path}.generation`, generation, 'must be greater than or equal to zero'))
  }
  return errors
}

/** Which nodes reach the devices: said in exactly one way. */
function validatePlace(spec: Partial<Spec>): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec
  const errors: FieldError[] = []
  const set: string[] = []
  if (nodeName) {
    set.push('`nodeName`')
    append(errors, each('spec.nodeName', nodeName, isDns1123Subdomain(nodeName)))
  } else if (nodeName === '') {
    errors.push(field.invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'))
  }
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`')
    const at = 'spec.nodeSelector'
    append(errors, validateNodeSelector(nodeSelector, at, { allowInvalidValues: false }))
    const terms = nodeSelector.nodeSelectorTerms
    if (terms?.length !== 1) {
      const shown = terms?.map(term => internalForm('io.k8s.api.core.v1.NodeSelectorTerm', term)) ?? null
      errors.push(field.invalid(`${at}.nodeSelectorTerms`, shown, 'must have exactly one node selector term'))
    }
  }
  for (const [name, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === true) set.push(`\`${name}\``)
    else if (value === false) errors.push(field.invalid(`spec.${name}`, value, 'must be either unset or set to true'))
  }
  if (set.length === 0) errors.push(field.required('spec', exactlyOne))
  else if (set.length > 1) {
    errors.push(field.invalid('spec', `{${set.join(', ')}}`, `${exactlyOne}, but multiple fields are set`))
  }
  return errors
}

function validateCounterSet({ name, counters }: CounterSet, path: string): FieldError[] {
  return validateCounters({ name, nameAt: `${path}.name`, counters, countersAt: `${path}.counters` })
}
