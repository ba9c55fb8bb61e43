import {
  append,
  type FieldError,
  field,
  immutable,
  isDns1123Subdomain,
  type NameCheck,
  nameIsPathSegment,
  semanticEqual,
  validateIp,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { age, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { IPAddress } from '../../types.ts'

type ParentReference = NonNullable<IPAddress['spec']>['parentRef']

/** The name is the address, in its one notation. Nothing is generated for these. */
const nameIsIp: NameCheck = name =>
  validateIp('', name).map(({ message = '' }) => message.slice(message.indexOf('": ') + '": '.length))

function validateParent(parent: Partial<ParentReference> | undefined): FieldError[] {
  const path = 'spec.parentRef'
  if (parent === undefined) return [field.required(path)]
  const { group, resource, name, namespace } = parent
  const errors: FieldError[] = []
  const segment = (part: string, value: string) =>
    nameIsPathSegment(value, false).map(text => field.invalid(`${path}.${part}`, value, text))
  // the core group's name is empty
  if (group)
    append(
      errors,
      isDns1123Subdomain(group).map(text => field.invalid(`${path}.group`, group, text)),
    )
  for (const [part, value] of Object.entries({ resource, name })) {
    append(errors, value ? segment(part, value) : [field.required(`${path}.${part}`)])
  }
  if (namespace) append(errors, segment('namespace', namespace))
  return errors
}

const strategy: Strategy<IPAddress> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  generatesNames: false,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: ({ metadata, spec }) => [
    ...validateBuiltinMeta(metadata, false, nameIsIp),
    ...validateParent(spec?.parentRef),
  ],
  validateUpdate({ metadata, spec }, old) {
    const errors = validateBuiltinMetaUpdate(metadata, old.metadata)
    append(errors, validateParent(spec?.parentRef))
    if (!semanticEqual(spec?.parentRef, old.spec?.parentRef)) {
      errors.push(field.invalid('spec.parentRef', shownParent(spec?.parentRef), immutable))
    }
    return errors
  },
}

const shownParent = (parent: ParentReference | undefined) =>
  parent === undefined ? null : internalForm('io.k8s.api.networking.v1.ParentReference', parent)

function parentText({ spec }: IPAddress): string {
  if (spec?.parentRef === undefined) return '<none>'
  const { group, resource = '', namespace, name = '' } = spec.parentRef
  const kind = (group ? `${resource}.${group}` : resource).toLowerCase()
  return [kind, ...(namespace ? [namespace] : []), name].join('/')
}

export const ipAddress = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  resource: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  strategy,
  // upstream has a cell for the age, and no column
  columns: [nameColumn, column('ParentRef', 'The object that the address belongs to.')],
  cells: (object, now) => [object.metadata?.name ?? '', parentText(object), age(object, now)],
})
