import { type FieldError, field } from '@kubets/apimachinery'
import type { Environment, Program, Type } from '@kubets/cel'
import { cel } from './library.ts'

/** An expression and what is asked of it. */
export interface Asked {
  text: string
  /** The text in messages. Default: the expression. */
  shown?: string
  environment: Environment
  /** Types that it may have; any if it is left out. */
  returns?: readonly Type[]
}

/** The program of an expression, or the one error that upstream's admission packages have for it. */
export function compiled(asked: Asked, path: string): Program | FieldError {
  const { CompileError, compileExpression, sameType, typeText } = cel()
  const { shown = asked.text } = asked
  const program = compileExpression(asked.environment, asked.text)
  if (program instanceof CompileError) return field.invalid(path, shown, `compilation failed: ${program.message}`)
  const { returns } = asked
  const type = program.outputType
  if (returns !== undefined && !returns.some(each => sameType(each, type))) {
    const wanted = returns.map(typeText)
    const must = wanted.length === 1 ? `must evaluate to ${wanted[0]}` : `must evaluate to one of [${wanted.join(' ')}]`
    return field.invalid(path, shown, `${must} but got ${typeText(type)}`)
  }
  if (program.unready !== undefined) return field.internal(path, `program instantiation failed: ${program.unready}`)
  return program
}

export const isProgram = (result: Program | FieldError): result is Program => 'evaluate' in result

/** The error of an expression, if it has one. */
export function expressionErrors(asked: Asked, path: string): FieldError[] {
  const result = compiled(asked, path)
  return isProgram(result) ? [] : [result]
}
