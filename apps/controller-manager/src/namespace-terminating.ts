import { ApiError } from '@kubets/apimachinery'

/** The object was refused because its namespace is being deleted: whoever wanted it has nothing more to do. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return error.status.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false
}
