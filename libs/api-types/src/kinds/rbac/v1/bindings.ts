import { append, type FieldError, field, isDns1123Subdomain, nameIsPathSegment } from '@kubets/apimachinery'
import { internalForm } from '../../validation/internal-form.ts'
import type { ClusterRoleBinding, RoleBinding } from '../types.ts'

export type Binding = RoleBinding | ClusterRoleBinding
type Subject = NonNullable<Binding['subjects']>[number]

const rbac = 'rbac.authorization.k8s.io'
const subjectKinds = ['ServiceAccount', 'User', 'Group']

export function applyBindingDefaults(binding: Binding): void {
  const { roleRef, subjects } = binding as Partial<Binding>
  if (roleRef === undefined) binding.roleRef = { apiGroup: rbac } as never
  else roleRef.apiGroup ||= rbac
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbac
  }
}

function validateSubject(subject: Subject, namespaced: boolean, path: string): FieldError[] {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject
  const errors = name === '' ? [field.required(`${path}.name`)] : []
  const expectGroup = (group: string) => {
    if (apiGroup !== group) errors.push(field.notSupported(`${path}.apiGroup`, apiGroup, [group]))
  }
  if (kind === 'ServiceAccount') {
    if (name !== '')
      append(
        errors,
        isDns1123Subdomain(name).map(text => field.invalid(`${path}.name`, name, text)),
      )
    expectGroup('')
    if (!namespaced && namespace === '') errors.push(field.required(`${path}.namespace`))
  } else if (kind === 'User' || kind === 'Group') expectGroup(rbac)
  else errors.push(field.notSupported(`${path}.kind`, kind, subjectKinds))
  return errors
}

/** A binding in a namespace may give a Role or a ClusterRole, one for the cluster only the latter. */
export function validateBinding({ roleRef, subjects }: Binding, namespaced: boolean): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = (roleRef ?? {}) as Partial<Binding['roleRef']>
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const errors: FieldError[] = []
  if (apiGroup !== rbac) errors.push(field.notSupported('roleRef.apiGroup', apiGroup, [rbac]))
  if (!kinds.includes(kind)) errors.push(field.notSupported('roleRef.kind', kind, kinds))
  if (name === '') errors.push(field.required('roleRef.name'))
  else
    append(
      errors,
      nameIsPathSegment(name, false).map(text => field.invalid('roleRef.name', name, text)),
    )
  subjects?.forEach((subject, i) => {
    append(errors, validateSubject(subject, namespaced, `subjects[${i}]`))
  })
  return errors
}

/** What is given stays: who may bind one role may not for that reason bind another. */
export function validateSameRole({ roleRef }: Binding, { roleRef: old }: Binding): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = (roleRef ?? {}) as Partial<Binding['roleRef']>
  if (apiGroup === old.apiGroup && kind === old.kind && name === old.name) return []
  return [field.invalid('roleRef', internalForm('io.k8s.api.rbac.v1.RoleRef', roleRef), 'cannot change roleRef')]
}

/** The wide columns: names by kind of subject. */
export function subjectCells({ subjects = [] }: Binding): [string, string, string] {
  const names = (kind: string) => subjects.filter(subject => subject.kind === kind)
  return [
    names('User')
      .map(({ name }) => name)
      .join(', '),
    names('Group')
      .map(({ name }) => name)
      .join(', '),
    names('ServiceAccount')
      .map(({ namespace = '', name }) => `${namespace}/${name}`)
      .join(', '),
  ]
}
