import {
  type FieldError,
  field,
  formatTime,
  isDns1035Label,
  isDns1123Subdomain,
  isPortNumber,
  nameIsPathSegment,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import type { APIService } from '../../types.ts'

const path = 'spec'

function validate({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service } = spec ?? {}
  const wanted = `${version}.${group}`
  const errors = validateObjectMeta(metadata, false, (name, prefix) => {
    const minimal = nameIsPathSegment(name, prefix)
    if (minimal.length > 0) return minimal
    return name === wanted ? [] : [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`]
  })
  if (group === '' && version !== 'v1')
    errors.push(field.required(`${path}.group`, 'only v1 may have an empty group and it better be legacy kube'))
  if (group !== '')
    for (const text of isDns1123Subdomain(group)) errors.push(field.invalid(`${path}.group`, group, text))
  for (const text of isDns1035Label(version)) errors.push(field.invalid(`${path}.version`, version, text))
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000)
    errors.push(
      field.invalid(`${path}.groupPriorityMinimum`, groupPriorityMinimum, 'must be positive and less than 20000'),
    )
  if (versionPriority <= 0 || versionPriority > 1000)
    errors.push(field.invalid(`${path}.versionPriority`, versionPriority, 'must be positive and less than 1000'))
  return [...errors, ...(service ? validateRemote(spec as Spec) : validateLocal(spec))]
}

type Spec = NonNullable<APIService['spec']>

function validateLocal(spec: APIService['spec']): FieldError[] {
  const errors: FieldError[] = []
  const bytes = Buffer.byteLength(spec?.caBundle ?? '', 'base64')
  if (bytes > 0)
    errors.push(field.invalid(`${path}.caBundle`, `${bytes} bytes`, 'local APIServices may not have a caBundle'))
  if (spec?.insecureSkipTLSVerify)
    errors.push(
      field.invalid(`${path}.insecureSkipTLSVerify`, true, 'local APIServices may not have insecureSkipTLSVerify'),
    )
  return errors
}

function validateRemote({ service = {}, insecureSkipTLSVerify, caBundle }: Spec): FieldError[] {
  const errors: FieldError[] = []
  if (!service.namespace) errors.push(field.required(`${path}.service.namespace`))
  if (!service.name) errors.push(field.required(`${path}.service.name`))
  const port = service.port ?? 0
  const wrong = isPortNumber(port)
  if (wrong.length > 0)
    errors.push(field.invalid(`${path}.service.port`, port, `port is not valid: ${wrong.join(', ')}`))
  if (insecureSkipTLSVerify && caBundle)
    errors.push(field.invalid(`${path}.insecureSkipTLSVerify`, true, 'may not be true if caBundle is present'))
  return errors
}

const conditionStatuses = ['True', 'False', 'Unknown']

const validateStatus = ({ status }: APIService): FieldError[] =>
  (status?.conditions ?? []).flatMap((condition, i) =>
    conditionStatuses.includes(condition.status)
      ? []
      : [field.notSupported(`status.conditions[${i}].status`, condition.status, conditionStatuses)],
  )

export const strategy: Strategy<APIService> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(service, { now }) {
    service.status = service.spec?.service
      ? {}
      : {
          conditions: [
            {
              type: 'Available',
              status: 'True',
              lastTransitionTime: formatTime(now),
              reason: 'Local',
              message: 'Local APIServices are always available',
            },
          ],
        }
  },
  prepareForUpdate(service, old, { subresource }) {
    if (subresource !== 'status') return keep(service, old, 'status')
    keep(service, old, 'spec')
    if (service.metadata === undefined || old.metadata === undefined) return
    for (const part of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const)
      keep(service.metadata, old.metadata, part)
  },
  resetFields: subresource => (subresource === 'status' ? ['spec', 'metadata'] : ['status']),
  validate,
  validateUpdate: (service, old, { subresource }) => [
    ...validateObjectMetaUpdate(service.metadata, old.metadata),
    ...(subresource === 'status' ? validateStatus(service) : validate(service)),
  ],
}
