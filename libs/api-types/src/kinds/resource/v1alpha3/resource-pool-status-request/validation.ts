import { append, type FieldError, field, isDns1123Subdomain, isLongName } from '@kubets/apimachinery'
import { each } from '../../../core/v1/pod/validation/checks.ts'
import { validateConditions } from '../../../validation/conditions.ts'
import { samePart, validateImmutablePart } from '../../../validation/immutable.ts'
import type { ResourcePoolStatusRequest } from '../../types.ts'
import { validateList } from '../../validation/collections.ts'

type Spec = ResourcePoolStatusRequest['spec']
type Status = NonNullable<ResourcePoolStatusRequest['status']>
type Pool = NonNullable<Status['pools']>[number]

const messages = 'io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequest'
const maxLimit = 1000
const maxPools = 1000
const maxConditions = 10
const maxName = 253
const maxError = 256
const caselessText =
  "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'Example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

const atLeast = (value: number | undefined, least: number, path: string): FieldError[] =>
  value !== undefined && value < least ? [field.invalid(path, value, `must be greater than or equal to ${least}`)] : []

function validateDriver(driver: string | undefined, path: string): FieldError[] {
  if (!driver) return [field.required(path)]
  return isLongName(driver.toLowerCase()).map(text =>
    field.invalid(path, driver, text.startsWith('a lowercase') ? caselessText : text),
  )
}

function validatePoolName(name: string, path: string): FieldError[] {
  const errors = Buffer.byteLength(name) > maxName ? [field.tooLong(path, maxName)] : []
  return errors.concat(
    name.split('/').flatMap((part, i) => {
      const texts = part === '' ? ['must not be empty'] : isDns1123Subdomain(part)
      return texts.map(text => field.invalid(path, part === '' ? name : part, `segment ${i}: ${text}`))
    }),
  )
}

export function validateSpec({ driver, poolName, limit }: Spec): FieldError[] {
  const errors = validateDriver(driver, 'spec.driver')
  if (poolName !== undefined) append(errors, validatePoolName(poolName, 'spec.poolName'))
  if (limit === undefined) errors.push(field.required('spec.limit'))
  else if (limit > maxLimit) {
    errors.push(field.invalid('spec.limit', limit, `must be less than or equal to ${maxLimit}`))
  } else append(errors, atLeast(limit, 1, 'spec.limit'))
  return errors
}

/** A question stays as it was asked; upstream prints no value. */
export const validateSpecUnchanged = (
  request: ResourcePoolStatusRequest,
  old: ResourcePoolStatusRequest,
): FieldError[] =>
  samePart(`${messages}Spec`, request.spec, old.spec) ? [] : [field.invalid('spec', null, 'field is immutable')]

/** An answer is given once. */
export function validateStatus(status: Status | undefined, old: Status | undefined): FieldError[] {
  if (old !== undefined) {
    if (status !== undefined) return validateImmutablePart(`${messages}Status`, status, old, 'status')
    return [field.invalid('status', null, 'field is immutable')]
  }
  if (status === undefined) return []
  const { conditions = [], poolCount, pools } = status
  const errors = validateConditions(conditions, 'status.conditions')
  if (poolCount === undefined) errors.push(field.required('status.poolCount'))
  append(errors, atLeast(poolCount, 0, 'status.poolCount'))
  append(errors, validateList(pools, maxPools, 'status.pools', validatePool))
  if (conditions.length > maxConditions) {
    return [...errors, field.tooMany('status.conditions', conditions.length, maxConditions)]
  }
  const types = conditions.map(({ type }) => type)
  conditions.forEach((condition, i) => {
    if (types.indexOf(condition.type) < i) errors.push(field.duplicate(`status.conditions[${i}]`, condition))
  })
  return errors
}

function validatePool(pool: Pool, path: string): FieldError[] {
  const { driver, poolName = '', generation = 0, nodeName, validationError } = pool
  const errors = validateDriver(driver, `${path}.driver`)
  if (poolName === '') errors.push(field.required(`${path}.poolName`))
  else append(errors, validatePoolName(poolName, `${path}.poolName`))
  // upstream takes a generation of 0 for none
  if (generation === 0) errors.push(field.required(`${path}.generation`))
  else append(errors, atLeast(generation, 0, `${path}.generation`))
  append(errors, atLeast(pool.resourceSliceCount, 1, `${path}.resourceSliceCount`))
  for (const name of ['totalDevices', 'allocatedDevices', 'availableDevices', 'unavailableDevices'] as const) {
    append(errors, atLeast(pool[name], 0, `${path}.${name}`))
  }
  if (nodeName !== undefined) append(errors, each(`${path}.nodeName`, nodeName, isDns1123Subdomain(nodeName)))
  if (validationError !== undefined && Buffer.byteLength(validationError) > maxError) {
    errors.push(field.tooLong(`${path}.validationError`, maxError))
  }
  return errors
}
