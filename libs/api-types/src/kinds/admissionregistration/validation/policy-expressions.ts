import type { FieldError } from '@kubets/apimachinery'
import type { AdmissionVariables, Type } from '@kubets/cel'
import { compiled, expressionErrors, isProgram } from '../../validation/cel/expression-error.ts'
import { cel } from '../../validation/cel/library.ts'

export type Returns = 'bool' | 'string' | 'string or null' | 'apply configuration' | 'json patch'

function typesOf(returns: Returns): readonly Type[] {
  const { applyConfigurationType, boolType, jsonPatchListType, nullType, stringType } = cel()
  switch (returns) {
    case 'bool':
      return [boolType]
    case 'string':
      return [stringType]
    case 'string or null':
      return [stringType, nullType]
    case 'apply configuration':
      return [applyConfigurationType]
    case 'json patch':
      return [jsonPatchListType]
  }
}

/** The errors of an expression that stands alone: a match condition. */
export function conditionErrors(text: string, variables: AdmissionVariables, path: string): FieldError[] {
  const environment = cel().admissionEnvironment(variables)
  return expressionErrors({ text, environment, returns: typesOf('bool') }, path)
}

/** The expressions of one policy. Each variable is known to those that come after it. */
export class PolicyExpressions {
  readonly #params: boolean
  readonly #variables: Map<string, Type> | undefined

  /** `composed`: it has variables, or is of a kind that always may. */
  constructor(options: { params: boolean; composed: boolean }) {
    this.#params = options.params
    this.#variables = options.composed ? new Map() : undefined
  }

  addVariable(name: string, text: string, path: string): FieldError[] {
    const { dynType, variableType } = cel()
    const result = compiled({ text, environment: this.#environment(true, false) }, path)
    this.#variables?.set(name, isProgram(result) ? variableType(result.outputType) : dynType)
    return isProgram(result) ? [] : [result]
  }

  /** Blanks around an expression are left out where upstream leaves them out; `shown`: the text in messages. */
  errors(text: string, returns: Returns, path: string, shown = text): FieldError[] {
    const patches = returns === 'apply configuration' || returns === 'json patch'
    const environment = this.#environment(returns !== 'string', patches)
    return expressionErrors({ text, shown, environment, returns: typesOf(returns) }, path)
  }

  /** Messages may not ask the authorizer. */
  #environment(authorizer: boolean, patches: boolean) {
    return cel().admissionEnvironment({
      params: this.#params,
      authorizer,
      patches,
      ...(this.#variables === undefined ? {} : { variables: this.#variables }),
    })
  }
}
