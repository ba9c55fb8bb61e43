import { append, type FieldError, field } from '@kubets/apimachinery'
import { tooExpensive } from '../../../expressions/rule-errors.ts'
import { maxSchemaCost, SchemaContext, type TotalCost } from '../../../expressions/schema-context.ts'
import type { JsonSchema } from '../../../json-schema.ts'
import { printedSchema, schemaFields } from '../../../printed-form.ts'
import { sameDefinition } from '../../../same-definition.ts'
import { conversionError } from '../../../structural/conversion-error.ts'
import { validateStructural } from '../../../structural/validate-structural.ts'
import { validateDefaults } from '../../../values/validate-defaults.ts'
import { validateOpenApiSchema } from './open-api-schema.ts'
import type { DefinitionRules } from './rules.ts'

/** With a status subresource the schema of the status is taken out of the root: what else the root says would be lost then. */
const rootFields =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'

/** The schema of a version, or of all of them. */
export function validateValidation(
  validation: { openAPIV3Schema?: JsonSchema } | null | undefined,
  hasStatus: boolean,
  rules: DefinitionRules,
  parent: string,
): FieldError[] {
  const schema = validation?.openAPIV3Schema
  if (!schema) return []
  const path = `${parent}.openAPIV3Schema`
  const errors = hasStatus ? validateRoot(schema, path) : []
  if (schema.nullable) errors.push(field.forbidden(`${path}.nullable`, 'nullable cannot be true at the root'))
  let context: SchemaContext | undefined
  const noStructure = rules.structural ? conversionError(schema) : undefined
  if (rules.structural && noStructure === undefined) {
    const wrong = validateStructural(schema, path)
    const found = wrong.length > 0 ? wrong : validateDefaults(schema, path, rules.prunedDefaults)
    append(errors, found)
    if (found.length === 0) context = SchemaContext.root(schema)
  }
  append(errors, validateOpenApiSchema(schema, path, rules, context))
  // the other rules say the same in better words
  if (errors.length === 0 && noStructure !== undefined) errors.push(field.invalid(path, '', noStructure))
  if (context !== undefined) append(errors, totalCostErrors(context.total, path))
  return errors
}

function totalCostErrors({ total, dearest }: TotalCost, path: string): FieldError[] {
  if (total <= maxSchemaCost) return []
  const text = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
  const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
  return [
    ...dearest.map(each => field.forbidden(each.path, text)),
    field.forbidden(path, tooExpensive(name, total, maxSchemaCost)),
  ]
}

function validateRoot(schema: JsonSchema, path: string): FieldError[] {
  const allowed = new Set(rootFields.split(' '))
  for (const [name, json] of schemaFields) {
    if (sameDefinition(schema[json], undefined)) continue
    if (name === 'Type' && schema.type !== 'object') {
      const text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
      return [field.invalid(`${path}.type`, schema.type, text)]
    }
    if (allowed.has(name)) continue
    const text = `only [${rootFields}] fields are allowed at the root of the schema if the status subresource is enabled`
    return [field.invalid(path, printedSchema(schema), text)]
  }
  return []
}
