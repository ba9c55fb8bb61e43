import { ApiError } from '../status/api-error.ts'
import { type FieldSet, pathsOf } from './field-set.ts'
import type { Manager, Managers } from './managers.ts'
import { compareUtf8, type PathElement, showPath } from './path-element.ts'

/** An applied field that somebody else has with another value. */
export interface ApplyConflict {
  readonly id: string
  readonly manager: Manager
  readonly path: readonly PathElement[]
}

/** Thrown by an apply without force. */
export class ApplyConflicts extends Error {
  readonly conflicts: readonly ApplyConflict[]
  constructor(conflicts: readonly ApplyConflict[]) {
    super(conflictText(conflicts))
    this.conflicts = conflicts
  }
}

/** In order of the managers' identifiers. */
export function conflictsOf(
  managers: Managers,
  losses: readonly (readonly [id: string, lost: FieldSet, removed: FieldSet])[],
): ApplyConflict[] {
  return [...losses]
    .sort(([a], [b]) => compareUtf8(a, b))
    .flatMap(([id, lost]) => pathsOf(lost).map(path => ({ id, manager: managers.get(id) as Manager, path })))
}

/** `"kubectl-client-side-apply" using apps/v1`, as conflicts name a manager. */
function showManager({ name, operation, apiVersion, subresource }: Manager): string {
  const text = JSON.stringify(name) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`)
  return operation === 'Update' ? `${text} using ${apiVersion}` : text
}

function conflictText(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts
  if (conflicts.length === 1 && first !== undefined)
    return `Apply failed with 1 conflict: conflict with ${showManager(first.manager)}: ${showPath(first.path)}`
  const lines: string[] = []
  let last = ''
  for (const { id, manager, path } of conflicts) {
    if (id !== last) lines.push(`conflicts with ${showManager(manager)}:`)
    last = id
    lines.push(`- ${showPath(path)}`)
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

/** 409, with one cause for each field. */
export function applyConflict(error: ApplyConflicts): ApiError {
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: error.message,
      reason: 'Conflict',
      details: {
        causes: error.conflicts.map(({ manager, path }) => ({
          reason: 'FieldManagerConflict',
          message: `conflict with ${showManager(manager)}`,
          field: showPath(path),
        })),
      },
      code: 409,
    },
    { cause: error },
  )
}
