import { type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'
import { each, items } from '../../core/v1/pod/validation/checks.ts'
import type { DeviceRequest, ResourceClaimSpec } from '../types.ts'
import { validateList, validateSet } from './collections.ts'
import { maxConfigurations, validateConfiguration } from './device-configuration.ts'
import { validateFullyQualifiedName, validateLabel } from './names.ts'
import { validateSelectors } from './selectors.ts'
import { validateToleration } from './taints.ts'

type Exact = NonNullable<DeviceRequest['exactly']>
type Constraint = NonNullable<NonNullable<ResourceClaimSpec['devices']>['constraints']>[number]

export const maxRequests = 32
const maxConstraints = 32
const maxAlternatives = 8
const itself = (text: string) => text

/** Names that may be referred to: of requests, and of their alternatives as `request/alternative`. */
export function requestNames(spec: ResourceClaimSpec | undefined): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { name, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    names.add(name)
    for (const alternative of firstAvailable) names.add(`${name}/${alternative.name}`)
  }
  return names
}

export function validateClaimSpec(spec: ResourceClaimSpec | undefined, path: string): FieldError[] {
  const { requests, constraints, config } = spec?.devices ?? {}
  const at = `${path}.devices`
  const names = requestNames(spec)
  return [
    ...validateSet(requests, maxRequests, `${at}.requests`, validateRequest, ({ name }) => name ?? ''),
    ...validateList(constraints, maxConstraints, `${at}.constraints`, (constraint, one) =>
      validateConstraint(constraint, one, names),
    ),
    ...validateList(config, maxConfigurations, `${at}.config`, (configuration, one) => [
      ...validateRequestRefs(configuration.requests, `${one}.requests`, names),
      ...validateConfiguration(configuration, one, false),
    ]),
  ]
}

function validateRequest(request: DeviceRequest, path: string): FieldError[] {
  const { name, exactly, firstAvailable = [] } = request
  const errors = validateLabel(name, `${path}.name`)
  const text = 'exactly one of `exactly` or `firstAvailable` is required'
  if (exactly !== undefined && firstAvailable.length > 0) {
    return [...errors, field.invalid(path, null, `${text}, but multiple fields are set`)]
  }
  if (exactly !== undefined) return errors.concat(validateExact(exactly, `${path}.exactly`))
  if (firstAvailable.length === 0) return [...errors, field.required(path, text)]
  return errors.concat(
    validateSet(
      firstAvailable,
      maxAlternatives,
      `${path}.firstAvailable`,
      (alternative, at) => [...validateLabel(alternative.name, `${at}.name`), ...validateExact(alternative, at)],
      alternative => alternative.name ?? '',
    ),
  )
}

type Wanted = Pick<Exact, 'deviceClassName' | 'selectors' | 'allocationMode' | 'count' | 'tolerations'>

function validateExact(wanted: Wanted, path: string): FieldError[] {
  const { deviceClassName = '', selectors, tolerations } = wanted
  const className = `${path}.deviceClassName`
  return [
    ...(deviceClassName === ''
      ? [field.required(className)]
      : each(className, deviceClassName, isDns1123Subdomain(deviceClassName))),
    ...validateSelectors(selectors, `${path}.selectors`),
    ...validateAllocationMode(wanted, path),
    ...items(tolerations, `${path}.tolerations`, validateToleration),
  ]
}

function validateAllocationMode({ allocationMode = '', count = 0 }: Wanted, path: string): FieldError[] {
  switch (allocationMode) {
    case 'All':
      if (count === 0) return []
      return [field.invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")]
    case 'ExactCount':
      return count > 0 ? [] : [field.invalid(`${path}.count`, count, 'must be greater than zero')]
    default:
      return [field.notSupported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount'])]
  }
}

function validateConstraint(constraint: Constraint, path: string, names: ReadonlySet<string>): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint
  const errors = validateRequestRefs(requests, `${path}.requests`, names)
  if (matchAttribute !== undefined) {
    return errors.concat(validateFullyQualifiedName(matchAttribute, `${path}.matchAttribute`))
  }
  if (distinctAttribute !== undefined) {
    return errors.concat(validateFullyQualifiedName(distinctAttribute, `${path}.distinctAttribute`))
  }
  // upstream speaks of several also where none is set
  const text = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
  return [...errors, field.required(path, text)]
}

/** References to requests of the claim, none twice. */
export const validateRequestRefs = (
  refs: readonly string[] | undefined,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] => validateSet(refs, maxRequests, path, (ref, at) => validateRequestRef(ref, at, names), itself)

export function validateRequestRef(ref: string, path: string, names: ReadonlySet<string>): FieldError[] {
  const unknown = () =>
    field.invalid(
      path,
      ref,
      "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    )
  const parts = ref.split('/')
  if (parts.length > 2) return [unknown()]
  const errors = parts.flatMap(part => validateLabel(part, path))
  return names.has(ref) ? errors : [...errors, unknown()]
}
