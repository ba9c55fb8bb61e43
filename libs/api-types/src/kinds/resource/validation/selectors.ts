import { type FieldError, field } from '@kubets/apimachinery'
import type { KubeObject } from '../../../wire.ts'
import { cel, loadCel } from '../../validation/cel/library.ts'
import type { DeviceClass } from '../types.ts'
import { validateList } from './collections.ts'

type Selectors = DeviceClass['spec']['selectors']

const maxSelectors = 32
/** Bytes of an expression. */
const maxExpression = 10 * 1024
/** Units that it may cost. */
const maxCost = 1_000_000n

/** Selectors in CEL. Too long ones are not compiled. */
export function validateSelectors(selectors: Selectors, path: string): FieldError[] {
  return validateList(selectors, maxSelectors, path, ({ cel: selector }, at) => {
    if (selector === undefined) return [field.required(`${at}.cel`)]
    const { expression = '' } = selector
    if (Buffer.byteLength(expression) > maxExpression) return [field.tooLong(`${at}.cel.expression`, maxExpression)]
    return validateExpression(expression, `${at}.cel.expression`)
  })
}

function validateExpression(text: string, path: string): FieldError[] {
  const { CompileError, compileExpression, deviceEnvironment, deviceSizes, estimateCost, typeText } = cel()
  const program = compileExpression(deviceEnvironment, text)
  if (program instanceof CompileError) return [field.invalid(path, text, `compilation failed: ${program.message}`)]
  const { kind } = program.outputType
  if (kind !== 'bool' && kind !== 'any') {
    const must = `must evaluate to bool or the unknown type, not ${typeText(program.outputType)}`
    return [field.invalid(path, text, must)]
  }
  if (program.unready !== undefined) return [field.internal(path, `program instantiation failed: ${program.unready}`)]
  const tooComplex = estimateCost(program.checked, deviceSizes).max > maxCost
  return tooComplex ? [field.forbidden(path, 'too complex, exceeds cost limit')] : []
}

/** CEL is needed for an object in which some selector has an expression. */
export const readyForSelectors = (object: KubeObject): Promise<void> | undefined =>
  hasSelector(object) ? loadCel() : undefined

function hasSelector(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if ('selectors' in value && value.selectors !== undefined) return true
  return Object.entries(value).some(([name, inside]) => name !== 'metadata' && hasSelector(inside))
}
