import { apiApproval, type CustomResourceDefinition, hasCaBundleError, nonStructuralSchema } from '@kubets/api-types'
import { conditionOf, isTrue, type Said, saysSame, withCondition } from '../conditions.ts'
import type { Status } from './names.ts'

/** What a look at a definition makes of its status; undefined: it may stay. Pure. */
export type Look = (definition: CustomResourceDefinition, now: number) => Status | undefined

/** `KubernetesAPIApprovalPolicyConformant`, for groups of the Kubernetes community. */
export const tellApproval: Look = (definition, now) => {
  const content = apiApproval(definition)
  return content && told(definition, { type: 'KubernetesAPIApprovalPolicyConformant', ...content }, now)
}

/** `NonStructuralSchema`, while some schema is not. */
export const tellStructure: Look = (definition, now) => {
  const type = 'NonStructuralSchema'
  const content = nonStructuralSchema(definition)
  if (content !== undefined) return told(definition, { type, ...content }, now)
  const { status } = definition
  if (conditionOf(status?.conditions, type) === undefined) return undefined
  return { ...status, conditions: status?.conditions?.filter(condition => condition.type !== type) } as Status
}

/** A definition whose names are accepted is established, and stays so. */
export const establish: Look = (definition, now) => {
  const { spec, status } = definition
  if (!isTrue(status?.conditions, 'NamesAccepted') || isTrue(status?.conditions, 'Established')) return undefined
  const bundle = spec?.conversion?.webhook?.clientConfig?.caBundle
  const said =
    bundle && hasCaBundleError(bundle)
      ? ({
          status: 'False',
          reason: 'InvalidCABundle',
          message: 'The conversion webhook CABundle is invalid',
        } as const)
      : ({
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        } as const)
  return told(definition, { type: 'Established', ...said }, now)
}

/** The status that says this, if it does not yet. */
export function told({ status }: CustomResourceDefinition, said: Said, now: number): Status | undefined {
  if (saysSame(conditionOf(status?.conditions, said.type), said)) return undefined
  return { ...status, conditions: withCondition(status?.conditions, said, now) } as unknown as Status
}
