import { type FieldError, field } from '@kubets/apimachinery'
import type { PrinterColumnDefinition } from '../../../types.ts'
import { validateSimpleJsonPath } from './simple-json-path.ts'

const types = ['boolean', 'date', 'integer', 'number', 'string']
const formats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

export function validatePrinterColumn(column: PrinterColumnDefinition, path: string): FieldError[] {
  const { name, type, format, jsonPath } = column
  const errors: FieldError[] = []
  if (!name) errors.push(field.required(`${path}.name`))
  const oneOf = (values: readonly string[]) => `must be one of ${values.join(',')}`
  if (!type) errors.push(field.required(`${path}.type`, oneOf(types)))
  else if (!types.includes(type)) errors.push(field.invalid(`${path}.type`, type, oneOf(types)))
  if (format && !formats.includes(format)) errors.push(field.invalid(`${path}.format`, format, oneOf(formats)))
  const at = `${path}.JSONPath`
  return [...errors, ...(jsonPath ? validateSimpleJsonPath(jsonPath, at) : [field.required(at)])]
}
