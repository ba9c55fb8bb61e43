/** The catalogue of kinds: types, schemas, defaulting, validation, printer columns. */
export type * from './catalogue/contract.ts'
export type { SchemaReport } from './schema/compile-checker.ts'
export type * from './schema/message.ts'
export { builtinSchemas, createSchemas, type KindSchema, type Schemas } from './schema/schema.ts'
export type { FieldExtras, FieldRow, MessageRow, TableFile } from './schema/table-format.ts'
export type * from './wire.ts'
