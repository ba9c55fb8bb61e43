/** The catalogue of kinds: types, schemas, defaulting, validation, printer columns. */
export { builtinCatalogue } from './catalogue/builtin.ts'
export { createCatalogue } from './catalogue/catalogue.ts'
export type * from './catalogue/contract.ts'
export { applyPodSpecDefaults, defaultPullPolicy } from './kinds/core/v1/pod/defaults.ts'
export { type QosClass, qosClass } from './kinds/core/v1/pod/qos.ts'
export { validatePodSpec } from './kinds/core/v1/pod/validation/pod.ts'
export { createOpenApi, type OpenApi, type OpenApiDocument, type OpenApiOptions } from './openapi/openapi.ts'
export {
  decodeWatchFrame,
  encodeWatchFrame,
  envelopeHead,
  envelopeTail,
  memberHead,
  openProtobuf,
  type ProtobufEnvelope,
  ProtobufError,
  protobufContentType,
  sealProtobuf,
} from './protobuf/index.ts'
export type { SchemaReport } from './schema/compile-checker.ts'
export type * from './schema/message.ts'
export { builtinSchemas, createSchemas, type KindSchema, type Schemas } from './schema/schema.ts'
export type { FieldExtras, FieldRow, MessageRow, TableFile } from './schema/table-format.ts'
export type * from './wire.ts'
