/**
 * Kubernetes' CEL: expressions are compiled against an environment (types of variables, libraries of functions) and run
 * within a budget. What they mean, what they cost and what is said of wrong ones is as in kube-apiserver v1.36.
 */
export type { Checked } from './check/checker.ts'
export type { Library, TypeProvider } from './check/declarations.ts'
export { Environment } from './check/environment.ts'
export * from './check/types.ts'
export { CompileError, compileExpression, type Outcome, type Program } from './compile.ts'
export { type CostNode, type EstimateSize, estimateCost } from './cost/estimate.ts'
export {
  type AdmissionVariables,
  admissionEnvironment,
  applyConfigurationType,
  jsonPatchListType,
  variableType,
} from './environments/admission.ts'
export { declaredSchema, namedType, type TypedSchema } from './environments/declared-schema.ts'
export {
  type DeclaredType,
  declared,
  declaredList,
  declaredMap,
  declaredStruct,
  maxRequestSize,
  providerOf,
  sizesOf,
} from './environments/declared-type.ts'
export { declaredValue } from './environments/declared-value.ts'
export { deviceEnvironment, deviceSizes } from './environments/devices.ts'
export { escapeName, reservedWords } from './environments/escape-name.ts'
export { perCallLimit, perObjectLimit } from './evaluate/budget.ts'
export { displayCelValue } from './evaluate/display.ts'
export { fromJson } from './evaluate/from-json.ts'
export * from './evaluate/values.ts'
export {
  type AuthorizationAnswer,
  type AuthorizationQuestion,
  type Authorize,
  authorizerType,
  authorizerValue,
  jsonPatchKeys,
} from './functions/authorization.ts'
export { baseEnvironment } from './functions/index.ts'
export { QuantityValue, quantityType } from './functions/quantities.ts'
export { compilePattern } from './functions/regex.ts'
export { semverType } from './functions/semantic-versions.ts'
