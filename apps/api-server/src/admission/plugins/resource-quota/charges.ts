import type { KubeObject, Pod, ResourceEntry, Service } from '@kubets/api-types'
import {
  chargedPod,
  chargedService,
  claimCharge,
  type Evaluator,
  objectCountEvaluator,
  persistentVolumeClaimEvaluator,
  podEvaluator,
  serviceEvaluator,
  unspecifiedResources,
} from '@kubets/quota'
import type { AdmissionRequest } from '../../admission.ts'
import type { Charge } from './charge.ts'

/** Never counted: what is not stored, and events. */
const ignored = new Set([
  'bindings.',
  'componentstatuses.',
  'events.',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
])

/** What is charged for a write; nothing where it can cost none. */
export function chargeOf(request: AdmissionRequest, now: number): Charge | undefined {
  const { entry, operation, subresource, object } = request
  const id = `${entry.resource}.${entry.group}`
  if (object === undefined || ignored.has(id)) return undefined
  switch (id) {
    case 'pods.':
      return podCharges(request) ? made(request, podEvaluator, each => chargedPod(each as Pod), now) : undefined
    case 'services.':
      return subresource === ''
        ? made(request, serviceEvaluator, each => chargedService(each as Service), now)
        : undefined
    case 'persistentvolumeclaims.':
      return subresource === '' || subresource === 'status'
        ? made(request, persistentVolumeClaimEvaluator, each => claimCharge(each as never), now)
        : undefined
    default:
      if (operation !== 'CREATE' || subresource !== '') return undefined
      return made(request, counterOf(entry), each => each, now)
  }
}

/** New ones, those that are resized, and those that begin or cease to have an end. */
function podCharges({ operation, subresource, object, oldObject }: AdmissionRequest): boolean {
  if (subresource === 'resize') return operation === 'UPDATE'
  if (subresource !== '') return false
  return operation === 'CREATE' || hasDeadline(object as Pod) !== hasDeadline(oldObject as Pod)
}

const hasDeadline = ({ spec }: Pod) => (spec?.activeDeadlineSeconds ?? -1) >= 0

function made<T>(
  { object, oldObject, subresource, entry }: AdmissionRequest,
  evaluator: Evaluator<T>,
  read: (object: KubeObject) => T,
  now: number,
): Charge {
  return {
    evaluator: evaluator as Evaluator<unknown>, // only ever given what its own `read` made
    object: read(object as KubeObject),
    old: oldObject === undefined ? undefined : read(oldObject),
    now,
    unspecified: names =>
      entry.group === '' && entry.resource === 'pods' ? unspecifiedResources(object as Pod, names) : undefined,
    refusable: subresource !== 'status',
  }
}

const counters = new WeakMap<ResourceEntry, Evaluator<unknown>>()

function counterOf(entry: ResourceEntry): Evaluator<unknown> {
  const known = counters.get(entry)
  if (known !== undefined) return known
  const counter = objectCountEvaluator(entry.group, entry.resource)
  counters.set(entry, counter)
  return counter
}
