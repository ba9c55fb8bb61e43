import type { Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { AdmissionPlugin } from '../admission.ts'

/** The two classes that every cluster has. */
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

/** Turns a pod's `priorityClassName` into its `priority` (0 without one) and sets its preemption policy. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate({ operation, entry, subresource, object, oldObject, name }) {
    if (operation === 'DELETE' || entry.group !== '' || entry.resource !== 'pods' || subresource !== '')
      return undefined
    const spec = (object as Pod).spec
    if (spec === undefined) return undefined
    if (operation === 'UPDATE') {
      // a manifest that leaves them out means them as they are
      const old = (oldObject as Pod).spec
      if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority
      if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined)
        spec.preemptionPolicy = old.preemptionPolicy
      return undefined
    }
    const className = spec.priorityClassName ?? ''
    const value = className === '' ? 0 : systemClasses[className]
    if (value === undefined) throw forbidden('pods', name, `no PriorityClass with name ${className} was found`)
    if (spec.priority !== undefined && spec.priority !== value)
      throw forbidden(
        'pods',
        name,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      )
    spec.priority = value
    const policy = 'PreemptLowerPriority'
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
      throw forbidden(
        'pods',
        name,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      )
    spec.preemptionPolicy = policy
    return undefined
  },
}
