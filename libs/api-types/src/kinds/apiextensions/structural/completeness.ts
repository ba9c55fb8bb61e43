import { append, type FieldError, field } from '@kubets/apimachinery'
import { itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'

/** What value validations speak of must also stand outside of them. Both paths begin at the same schema. */
export function validateCompleteness(schema: JsonSchema, path: string): FieldError[] {
  return ofJunctors(schema, schema, path, path)
}

/** `validation` speaks of what `schema` describes; `schema` is undefined where nothing does. */
function ofJunctors(
  validation: JsonSchema,
  schema: JsonSchema | undefined,
  schemaPath: string,
  path: string,
): FieldError[] {
  if (schema === undefined) return [field.required(schemaPath, `because it is defined in ${path}`)]
  const nested: [JsonSchema, string][] = validation.not ? [[validation.not, `${path}.not`]] : []
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    validation[name]?.forEach((child, index) => {
      nested.push([child, `${path}.${name}[${index}]`])
    })
  }
  return nested.flatMap(([child, at]) => ofNested(child, schema, schemaPath, at))
}

function ofNested(
  validation: JsonSchema,
  schema: JsonSchema | undefined,
  schemaPath: string,
  path: string,
): FieldError[] {
  if (schema === undefined) return [field.required(schemaPath, `because it is defined in ${path}`)]
  const errors = ofJunctors(validation, schema, schemaPath, path)
  const items = itemSchema(validation)
  if (items) append(errors, ofNested(items, itemSchema(schema), `${schemaPath}.items`, `${path}.items`))
  for (const [name, child] of sortedEntries(validation.properties)) {
    const own = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined
    append(errors, ofNested(child, own, `${schemaPath}.properties[${name}]`, `${path}.properties[${name}]`))
  }
  return errors
}
