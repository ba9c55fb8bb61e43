import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  isDns1123Subdomain,
  isPortName,
  isPortNumber,
  nameIsPathSegment,
} from '@kubets/apimachinery'
import type { Ingress } from '../../types.ts'

export type Backend = NonNullable<NonNullable<Ingress['spec']>['defaultBackend']>

function validateResource({ apiGroup, kind, name }: NonNullable<Backend['resource']>, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (apiGroup !== undefined && apiGroup !== null) {
    append(
      errors,
      isDns1123Subdomain(apiGroup).map(text => field.invalid(`${path}.apiGroup`, apiGroup, text)),
    )
  }
  for (const [part, value] of Object.entries({ kind, name })) {
    if (!value) errors.push(field.required(`${path}.${part}`))
    else
      append(
        errors,
        nameIsPathSegment(value, false).map(text => field.invalid(`${path}.${part}`, value, text)),
      )
  }
  return errors
}

/** Where a request goes: one port of a Service, or some other object that the ingress controller knows. */
export function validateBackend(backend: Backend, path: string): FieldError[] {
  const { service, resource } = backend
  if (service !== undefined && resource !== undefined) {
    return [field.invalid(path, '', 'cannot set both resource and service backends')]
  }
  if (resource !== undefined) return validateResource(resource, `${path}.resource`)
  if (service === undefined) return [field.invalid(path, '', 'resource or service backend is required')]
  const errors: FieldError[] = []
  const name = service.name ?? ''
  if (name === '') errors.push(field.required(`${path}.service.name`))
  else
    append(
      errors,
      isDns1123Label(name).map(text => field.invalid(`${path}.service.name`, name, text)),
    )
  const { name: portName = '', number = 0 } = service.port ?? {}
  if (portName !== '' && number !== 0) {
    errors.push(field.invalid(path, '', 'cannot set both port name & port number'))
  } else if (portName !== '') {
    append(
      errors,
      isPortName(portName).map(text => field.invalid(`${path}.service.port.name`, portName, text)),
    )
  } else if (number !== 0) {
    append(
      errors,
      isPortNumber(number).map(text => field.invalid(`${path}.service.port.number`, number, text)),
    )
  } else errors.push(field.required(path, 'port name or number is required'))
  return errors
}
