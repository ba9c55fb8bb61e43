import {
  type FieldError,
  field,
  isDns1123Label,
  nameIsDnsSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Event } from '../../../../wire.ts'

/** An event lives where its object lives; events about objects without a namespace live in `default`. */
function validateNamespaces(event: Event): FieldError[] {
  const namespace = event.metadata?.namespace ?? ''
  const about = event.involvedObject?.namespace ?? ''
  const mismatch = () => field.invalid('involvedObject.namespace', about, 'does not match event.namespace')
  if (about === '') {
    return namespace === '' || namespace === 'default' || namespace === 'kube-system' ? [] : [mismatch()]
  }
  const errors: FieldError[] = namespace === about ? [] : [mismatch()]
  for (const text of isDns1123Label(namespace)) errors.push(field.invalid('namespace', namespace, text))
  return errors
}

export const strategy: Strategy<Event> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: event => [...validateObjectMeta(event.metadata, true, nameIsDnsSubdomain), ...validateNamespaces(event)],
  validateUpdate: (event, old) => [
    ...validateObjectMetaUpdate(event.metadata, old.metadata),
    ...validateNamespaces(event),
  ],
}
