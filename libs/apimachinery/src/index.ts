/** Pure functions over API objects: metadata, selectors, quantities, patches, Status errors. */
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
