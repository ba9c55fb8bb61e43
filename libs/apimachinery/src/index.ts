/** Pure functions over API objects: metadata, selectors, quantities, patches, Status errors. */
export { append } from './append.ts'
export * from './apply/index.ts'
export {
  countMembers,
  type DecodedJson,
  decodeJson,
  decodeTogether,
  encodeJson,
  JsonError,
  type JsonValue,
  maxJsonDepth,
  visitMembers,
} from './json/decode-json.ts'
export { JsonText } from './json/json-text.ts'
export {
  ageSince,
  humanDuration,
  recordClose,
  recordDurations,
  recordOpen,
  shortHumanDuration,
} from './meta/duration.ts'
export { semanticEqual } from './meta/equal.ts'
export { generateName } from './meta/generate-name.ts'
export { formatMicroTime, formatTime } from './meta/time.ts'
export * from './net/cidr.ts'
export { type GoUrl, parseGoUrl } from './net/go-url.ts'
export * from './net/ip-address.ts'
export { goText } from './patch/go-text.ts'
export { applyJsonPatch, jsonType, patchDoesNotFit } from './patch/json-patch.ts'
export { applyMergePatch } from './patch/merge-patch.ts'
export { cloneJson, type Json, type JsonObject } from './patch/own-property.ts'
export { applyStrategicMergePatch, type PatchField, type PatchSchema } from './patch/strategic-merge.ts'
export { canonicalQuantities } from './quantity/canonical.ts'
export { Quantity, QuantityError, type QuantityFormat } from './quantity/quantity.ts'
export * from './selectors/field-selector.ts'
export * from './selectors/label-selector.ts'
export { neededFeatures } from './selectors/needed-features.ts'
export { matchesNode, tolerates, toleratesAll } from './selectors/node-fit.ts'
export { type Labels, type Requirement, SelectorError } from './selectors/requirement.ts'
export {
  ApiError,
  type ErrorStatus,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
} from './status/api-error.ts'
export * from './status/errors.ts'
export { field, goQuote } from './status/field-errors.ts'
export { foreignAnswer, unexplained } from './status/foreign-answer.ts'
export * from './validation/addresses.ts'
export * from './validation/domains.ts'
export * from './validation/formats.ts'
export * from './validation/object-meta.ts'
