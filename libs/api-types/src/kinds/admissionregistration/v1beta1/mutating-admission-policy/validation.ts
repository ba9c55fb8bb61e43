import { append, type FieldError, field } from '@kubets/apimachinery'
import type { MutatingAdmissionPolicy, Mutation } from '../../types.ts'
import { validateVariables } from '../../validation/expressions.ts'
import { validateMutatingOperations } from '../../validation/match-resources.ts'
import { reinvocationPolicies } from '../../validation/policies.ts'
import { PolicyExpressions } from '../../validation/policy-expressions.ts'
import { validateChangedConditions, validateConstraints } from '../../validation/policy-spec.ts'

const patchTypes = ['ApplyConfiguration', 'JSONPatch'] as const
const returns = { ApplyConfiguration: 'apply configuration', JSONPatch: 'json patch' } as const
const memberOf = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const

export function validateSpec(policy: MutatingAdmissionPolicy, old: MutatingAdmissionPolicy | undefined): FieldError[] {
  const path = 'spec'
  const spec = policy.spec ?? {}
  const expressions = new PolicyExpressions({ params: Boolean(spec.paramKind), composed: true })
  const errors = [
    ...validateConstraints(spec, path),
    ...validateMutatingOperations(spec.matchConstraints, `${path}.matchConstraints`),
    ...validateChangedConditions(spec, old && (old.spec ?? {}), path),
    ...validateVariables(spec.variables, expressions, `${path}.variables`),
  ]
  const mutations = spec.mutations ?? []
  if (mutations.length === 0) {
    errors.push(field.required(`${path}.mutations`, 'mutations must contain at least one item'))
  }
  mutations.forEach((mutation, index) => {
    append(errors, validateMutation(mutation, expressions, `${path}.mutations[${index}]`))
  })
  const { reinvocationPolicy: again = '' } = spec
  const at = `${path}.reinvocationPolicy`
  if (again === '') errors.push(field.required(at))
  else if (!reinvocationPolicies.includes(again)) errors.push(field.notSupported(at, again, reinvocationPolicies))
  return errors
}

function validateMutation(mutation: Mutation, expressions: PolicyExpressions, path: string): FieldError[] {
  const given = mutation.patchType ?? ''
  if (given === '') return [field.required(`${path}.patchType`)]
  const type = patchTypes.find(name => name === given)
  if (type === undefined) return [field.notSupported(`${path}.patchType`, given, patchTypes)]
  const [wanted, other] = [memberOf[type], memberOf[type === 'JSONPatch' ? 'ApplyConfiguration' : 'JSONPatch']]
  const errors: FieldError[] = []
  const patch = mutation[wanted]
  if (!patch) errors.push(field.required(`${path}.${wanted}`, `must be specified when patchType is ${type}`))
  else if ((patch.expression ?? '').trim() === '') errors.push(field.required(`${path}.${wanted}.expression`))
  else
    append(errors, expressions.errors((patch.expression ?? '').trim(), returns[type], `${path}.${wanted}.expression`))
  if (mutation[other]) {
    errors.push(field.invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`))
  }
  return errors
}
