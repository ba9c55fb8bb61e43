import { append, type FieldError, field } from '@kubets/apimachinery'
import type { CSIDriver } from '../../types.ts'

type Spec = CSIDriver['spec']

const policies = ['File', 'None', 'ReadWriteOnceWithFSType']
const modes = ['Persistent', 'Ephemeral']
const minSeconds = 600
const maxSeconds = 2 ** 32

export function validateSpec(spec: Spec): FieldError[] {
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [], serviceAccountTokenInSecrets } = spec
  const period = spec.nodeAllocatableUpdatePeriodSeconds
  const errors: FieldError[] = []
  // upstream's path has a field name that no object has
  if (spec.attachRequired === undefined) errors.push(field.required('spec.attachedRequired'))
  if (spec.podInfoOnMount === undefined) errors.push(field.required('spec.podInfoOnMount'))
  if (spec.storageCapacity === undefined) errors.push(field.required('spec.storageCapacity'))
  if (fsGroupPolicy !== undefined && !policies.includes(fsGroupPolicy)) {
    errors.push(field.notSupported('spec.fsGroupPolicy', fsGroupPolicy, policies))
  }
  append(errors, validateTokenRequests(tokenRequests))
  for (const mode of volumeLifecycleModes) {
    if (!modes.includes(mode)) errors.push(field.notSupported('spec.volumeLifecycleModes', mode, modes))
  }
  if (spec.seLinuxMount === undefined) errors.push(field.required('spec.seLinuxMount'))
  if (period !== undefined && period < 10) {
    const text = 'must be greater than or equal to 10 seconds'
    errors.push(field.invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, text))
  }
  if (serviceAccountTokenInSecrets !== undefined && tokenRequests.length === 0) {
    const text = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified'
    errors.push(field.invalid('spec.serviceAccountTokenInSecrets', serviceAccountTokenInSecrets, text))
  }
  return errors
}

function validateTokenRequests(requests: NonNullable<Spec['tokenRequests']>): FieldError[] {
  const errors: FieldError[] = []
  const audiences = new Set<string>()
  requests.forEach(({ audience = '', expirationSeconds }, index) => {
    const at = `spec.tokenRequests[${index}]`
    if (audiences.has(audience)) {
      errors.push(field.duplicate(`${at}.audience`, audience))
      return
    }
    audiences.add(audience)
    if (expirationSeconds === undefined) return
    const refuse = (text: string) => errors.push(field.invalid(`${at}.expirationSeconds`, expirationSeconds, text))
    if (expirationSeconds < minSeconds) refuse('may not specify a duration less than 10 minutes')
    if (expirationSeconds > maxSeconds) refuse('may not specify a duration larger than 2^32 seconds')
  })
  return errors
}
