import type { SchemaObject } from './schema-object.ts'

/** A parameter as both versions need it. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
}

const query = (name: string, description: string, type: Parameter['type'] = 'string'): Parameter => ({
  name,
  in: 'query',
  type,
  description,
})

const dryRun = query('dryRun', 'Says that nothing shall be stored. The only value is All: every stage is run.')
const fieldManager = query('fieldManager', 'Name of who makes this change, at most 128 printable characters.')
const fieldValidation = query(
  'fieldValidation',
  'What to do with unknown and duplicate fields: Ignore drops them, Warn (the default) drops them and says so in Warning headers, Strict refuses the request.',
)

export const pretty = query('pretty', "If 'true', the output is written for people to read.")

export const listParameters: readonly Parameter[] = [
  query('allowWatchBookmarks', 'Asks for BOOKMARK events while watching.', 'boolean'),
  query('continue', 'Token of an earlier answer: gives what follows it.'),
  query('fieldSelector', 'Restricts the list to objects whose fields match.'),
  query('labelSelector', 'Restricts the list to objects whose labels match.'),
  query('limit', 'Most objects that one answer may have; the answer then has a token for the next.', 'integer'),
  query('resourceVersion', 'Which revision to read, together with resourceVersionMatch.'),
  query('resourceVersionMatch', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'Begins a watch with all that is there, closed by a bookmark.', 'boolean'),
  query('timeoutSeconds', 'Ends the call after this time, whatever happens.', 'integer'),
  query('watch', 'Sends changes as they happen instead of a list.', 'boolean'),
]

export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation]

export const patchParameters: readonly Parameter[] = [
  ...writeParameters,
  query('force', 'Takes fields over that others manage. Only for apply.', 'boolean'),
]

export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'Seconds until the object is gone; 0 deletes at once.', 'integer'),
  query('orphanDependents', 'Deprecated: use propagationPolicy.', 'boolean'),
  query('propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
]

export const pathParameter = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  type: 'string',
  description,
})

export function parameterV3({ name, in: place, type, description }: Parameter): SchemaObject {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  }
}

export function parameterV2({ name, in: place, type, description }: Parameter): SchemaObject {
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), type, uniqueItems: true }
}
