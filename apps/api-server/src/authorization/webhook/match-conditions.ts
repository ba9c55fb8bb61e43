import {
  baseEnvironment,
  boolType,
  CompileError,
  compileExpression,
  declared,
  declaredList,
  declaredMap,
  declaredStruct,
  Failure,
  fromJson,
  type Program,
  providerOf,
} from '@kubets/cel'
import { aggregateErrors } from '../aggregate-errors.ts'
import type { AccessRequest } from '../authorizer.ts'
import { accessReviewSpec } from './access-review-spec.ts'

const text = declared.string
const texts = declaredList(text)
const requirement = declaredStruct('kubernetes.SelectorRequirement', { key: text, operator: text, values: texts })
const selector = (name: string) =>
  declaredStruct(`kubernetes.${name}`, { rawSelector: text, requirements: declaredList(requirement) })

/** `request` of an expression: the spec of the SubjectAccessReview that would be sent, in version v1. */
const review = declaredStruct('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: declaredStruct('kubernetes.ResourceAttributes', {
    namespace: text,
    verb: text,
    group: text,
    version: text,
    resource: text,
    subresource: text,
    name: text,
    fieldSelector: selector('FieldSelectorAttributes'),
    labelSelector: selector('LabelSelectorAttributes'),
  }),
  nonResourceAttributes: declaredStruct('kubernetes.NonResourceAttributes', { path: text, verb: text }),
  user: text,
  groups: texts,
  extra: declaredMap(text, texts),
  uid: text,
})

const environment = baseEnvironment.extend({ variables: { request: review.type }, provider: providerOf(review) })

/** An expression that is right, or what is wrong with it. */
export function compileMatchCondition(expression: string): Program | string {
  const program = compileExpression(environment, expression)
  if (program instanceof CompileError) return `compilation failed: ${program.message}`
  if (program.outputType !== boolType) return `must evaluate to bool but got ${program.outputType.name}`
  return program
}

/** Whether the webhook is asked at all: not when one condition is false; what cannot be evaluated is told, when none is. */
export function matcher(expressions: readonly string[]): ((request: AccessRequest) => boolean | Error) | undefined {
  if (expressions.length === 0) return undefined
  const conditions = expressions.map(expression => {
    const program = compileMatchCondition(expression)
    if (typeof program === 'string') throw new Error(program)
    return { expression, program }
  })
  return request => {
    const value = fromJson(wholeSpec(request))
    const errors: string[] = []
    for (const { expression, program } of conditions) {
      const { result } = program.evaluate(name => (name === 'request' ? value : undefined))
      if (result === false) return false
      if (result instanceof Failure)
        errors.push(`cel evaluation error: expression '${expression}' resulted in error: ${result.message}`)
    }
    const error = aggregateErrors(errors)
    return error === undefined ? true : new Error(error)
  }
}

/** Every text is there, also an empty one: expressions need not ask `has()`. */
function wholeSpec(request: AccessRequest): object {
  const { user, verb, path, namespace, group, version, resource, subresource, name } = request
  const of = { user: user.name, groups: user.groups, uid: user.uid, extra: user.extra ?? {} }
  if (path !== undefined) return { ...of, nonResourceAttributes: { path, verb } }
  const { resourceAttributes } = accessReviewSpec(request) as { resourceAttributes: object }
  const whole = { namespace, verb, group, version, resource, subresource, name, ...resourceAttributes }
  return { ...of, resourceAttributes: whole }
}
