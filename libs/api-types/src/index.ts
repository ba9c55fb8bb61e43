/** The catalogue of kinds: types, schemas, defaulting, validation, printer columns. */
export { builtinCatalogue } from './catalogue/builtin.ts'
export { createCatalogue } from './catalogue/catalogue.ts'
export type * from './catalogue/contract.ts'
export { type GroupVersionPriority, groupVersionPriority } from './catalogue/group-priorities.ts'
export type * from './kinds/admissionregistration/types.ts'
export type * from './kinds/apiextensions/types.ts'
export {
  apiApproval,
  type ConditionContent,
  nonStructuralSchema,
} from './kinds/apiextensions/v1/custom-resource-definition/conformance.ts'
export { cleanupFinalizer } from './kinds/apiextensions/v1/custom-resource-definition/deletion.ts'
export { hasCaBundleError } from './kinds/apiextensions/v1/custom-resource-definition/validation/ca-bundle.ts'
export type * from './kinds/apiregistration/types.ts'
export type * from './kinds/apiserverinternal/types.ts'
export type * from './kinds/apps/types.ts'
export type * from './kinds/authentication/types.ts'
export type * from './kinds/authorization/types.ts'
export type * from './kinds/autoscaling/types.ts'
export { scale as scaleKind, scaleOf } from './kinds/autoscaling/v1/scale/index.ts'
export { validateScale } from './kinds/autoscaling/v1/scale/validation.ts'
export type * from './kinds/batch/types.ts'
export type * from './kinds/certificates/types.ts'
export { requestedSubject } from './kinds/certificates/x509/requested-subject.ts'
export type * from './kinds/coordination/types.ts'
export { applyPodSpecDefaults, defaultPullPolicy } from './kinds/core/v1/pod/defaults.ts'
export { type QosClass, qosClass } from './kinds/core/v1/pod/qos.ts'
export { validatePodSpec } from './kinds/core/v1/pod/validation/pod.ts'
export { isExtended as isExtendedResourceName } from './kinds/core/v1/resource/names.ts'
export { hasNodePorts, needsClusterIp, needsHealthCheck, sameList } from './kinds/core/v1/service/shape.ts'
export { validateClusterIps } from './kinds/core/v1/service/validation/cluster-ips.ts'
export { defineKind, plainStrategy, servedAs } from './kinds/define-kind.ts'
export type * from './kinds/discovery/types.ts'
export type * from './kinds/events/types.ts'
export type * from './kinds/flowcontrol/types.ts'
export {
  autoUpdateAnnotation,
  type FlowControlObjects,
  mandatoryFlowControl,
  suggestedFlowControl,
} from './kinds/flowcontrol/v1/bootstrap.ts'
export type * from './kinds/networking/types.ts'
export type * from './kinds/node/types.ts'
export type * from './kinds/policy/types.ts'
export type * from './kinds/rbac/types.ts'
export type * from './kinds/resource/types.ts'
export type * from './kinds/scheduling/types.ts'
export { systemPriorityClasses } from './kinds/scheduling/v1/priority-class/system-classes.ts'
export type * from './kinds/storage/types.ts'
export type * from './kinds/storagemigration/types.ts'
export { internalForm } from './kinds/validation/internal-form.ts'
export { unifiedDiff } from './kinds/validation/unified-diff.ts'
export type { Steps } from './openapi/documents.ts'
export {
  createOpenApi,
  type OpenApi,
  type OpenApiBytes,
  type OpenApiDocument,
  type OpenApiOptions,
} from './openapi/openapi.ts'
export { openApiV2ProtobufType } from './openapi/protobuf-v2.ts'
export { openApiV3ProtobufType } from './openapi/protobuf-v3.ts'
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
  resourceVersionAt,
  sealProtobuf,
} from './protobuf/index.ts'
export type { SchemaReport } from './schema/compile-checker.ts'
export type * from './schema/message.ts'
export { builtinSchemas, createSchemas, type KindSchema, type Schemas } from './schema/schema.ts'
export type { FieldExtras, FieldRow, MessageRow, TableFile } from './schema/table-format.ts'
export type * from './wire.ts'
