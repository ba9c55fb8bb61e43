import { type FieldError, field } from '@kubets/apimachinery'
import type { DeclaredType, Environment, Program } from '@kubets/cel'
import { cel } from '../../validation/cel/library.ts'
import type { ValidationRule } from '../json-schema.ts'
import { printedRule } from '../printed-form.ts'

/** What became of one `x-kubernetes-validations` entry. */
export interface CompiledRule {
  readonly program?: Program
  readonly messageProgram?: Program
  readonly error?: FieldError
  /** What {@link error} says of the rule, without the rule. */
  readonly problem?: string
  readonly messageError?: FieldError
  /** In units, at most. */
  readonly cost: bigint
  readonly messageCost?: bigint
  readonly usesOldSelf: boolean
}

/** Compiles a rule over values of a type; `at` is the rule's own path. */
export function compileRule(rule: ValidationRule, type: DeclaredType, at: string): CompiledRule {
  const { CompileError, compileExpression, estimateCost, sizesOf, typeText } = cel()
  const environment = environmentOf(type, rule.optionalOldSelf === true)
  const invalid = (path: string, text: string) => field.invalid(`${at}.${path}`, printedRule(rule), text)
  const program = compileExpression(environment, rule.rule ?? '')
  const failed = (problem: string): CompiledRule => ({
    error: invalid('rule', problem),
    problem,
    cost: 0n,
    usesOldSelf: false,
  })
  if (program instanceof CompileError) return failed(`compilation failed: ${program.message}`)
  if (typeText(program.outputType) !== 'bool') return failed('cel expression must evaluate to a bool')
  const usesOldSelf = namesOldSelf(program)
  if (program.unready !== undefined)
    return { ...failed(`program instantiation failed: ${program.unready}`), usesOldSelf }
  const estimateSize = sizesOf(() => type)
  const done: CompiledRule = { program, cost: estimateCost(program.checked, estimateSize).max, usesOldSelf }
  const { messageExpression = '' } = rule
  if (messageExpression === '') return done
  const message = compileExpression(environment, messageExpression)
  const wrong = (text: string): CompiledRule => ({ ...done, messageError: invalid('messageExpression', text) })
  if (message instanceof CompileError) return wrong(`messageExpression compilation failed: ${message.message}`)
  if (typeText(message.outputType) !== 'string') return wrong('messageExpression must evaluate to a string')
  if (message.unready !== undefined) return wrong(`messageExpression instantiation failed: ${message.unready}`)
  return { ...done, messageProgram: message, messageCost: estimateCost(message.checked, estimateSize).max }
}

const namesOldSelf = (program: Program) => [...program.checked.names.values()].some(({ name }) => name === 'oldSelf')

const environments = new WeakMap<DeclaredType, { plain: Environment; optional: Environment }>()

/** `self` and `oldSelf` of a schema; there need not be an old one where the rule says so. */
function environmentOf(type: DeclaredType, optional: boolean): Environment {
  let both = environments.get(type)
  if (both === undefined) {
    const { baseEnvironment, namedType, optionalType, providerOf } = cel()
    const named = namedType(type, 'selfType0')
    const provider = providerOf(named)
    const make = (oldSelf: typeof named.type) =>
      baseEnvironment.extend({ variables: { self: named.type, oldSelf }, provider })
    both = { plain: make(named.type), optional: make(optionalType(named.type)) }
    environments.set(type, both)
  }
  return optional ? both.optional : both.plain
}
