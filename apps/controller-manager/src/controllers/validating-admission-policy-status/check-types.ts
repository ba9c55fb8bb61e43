import type { ValidatingAdmissionPolicy } from '@kubets/api-types'
import type * as Cel from '@kubets/cel'
import type { GroupVersionKind } from './types-to-check.ts'

/** A kind that the policy is asked about, with its schema. */
export interface KnownType {
  readonly kind: GroupVersionKind
  readonly schema: Cel.TypedSchema
}

export interface ExpressionWarning {
  readonly fieldRef: string
  readonly warning: string
}

/** What would be wrong with the expressions of a policy if they were compiled for each of these kinds. Pure. */
export function checkTypes(
  cel: typeof Cel,
  { spec }: ValidatingAdmissionPolicy,
  types: readonly KnownType[],
  params: KnownType | undefined,
): ExpressionWarning[] {
  const environments = types.map(type => ({
    kind: type.kind,
    environment: environmentOf(cel, spec, declaredType(cel, type, 0), params && declaredType(cel, params, 1)),
  }))
  const check = (expression: string, fieldRef: string): ExpressionWarning[] => {
    const problems = environments.flatMap(({ kind, environment }) => {
      const result = cel.compileExpression(environment, expression)
      return result instanceof cel.CompileError ? [`${textOf(kind)}: ${result.message}\n`] : []
    })
    return problems.length === 0 ? [] : [{ fieldRef, warning: problems.join('\n') }]
  }
  return (spec?.validations ?? []).flatMap(({ expression = '', messageExpression = '' }, index) => {
    const path = `spec.validations[${index}]`
    return [
      ...check(expression, `${path}.expression`),
      ...(messageExpression === '' ? [] : check(messageExpression, `${path}.messageExpression`)),
    ]
  })
}

const textOf = ({ group, version, kind }: GroupVersionKind) => `${group}/${version}, Kind=${kind}`

/** Structs are named after the kind: `Deployment0.spec`. Undefined: expressions do not see it. */
function declaredType(cel: typeof Cel, { kind, schema }: KnownType, index: number): Cel.DeclaredType | undefined {
  const declared = cel.declaredSchema(schema, true)
  return declared && cel.namedType(declared, `${kind.kind}${index}`)
}

/** What expressions see, the policy's own variables included: each is known to those after it, whatever it is if it is wrong. */
function environmentOf(
  cel: typeof Cel,
  spec: ValidatingAdmissionPolicy['spec'],
  object: Cel.DeclaredType | undefined,
  params: Cel.DeclaredType | undefined,
): Cel.Environment {
  const variables = new Map<string, Cel.Type>()
  const make = () =>
    cel.admissionEnvironment({
      params: spec?.paramKind !== undefined,
      authorizer: true,
      variables: new Map(variables),
      types: { object, params },
    })
  for (const { name, expression } of spec?.variables ?? []) {
    const result = cel.compileExpression(make(), expression)
    variables.set(name, result instanceof cel.CompileError ? cel.dynType : cel.variableType(result.outputType))
  }
  return make()
}
