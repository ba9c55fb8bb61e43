import type { FieldType, Message } from '../schema/message.ts'
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
  query('shardSelector', 'Restricts the list to a shard of the collection.'),
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
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'Deletes an object that cannot be read any more, without its finalizers and preconditions being looked at.',
    'boolean',
  ),
  query('orphanDependents', 'Deprecated: use propagationPolicy.', 'boolean'),
  query('propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
]

/** The fields of an options kind (`PodExecOptions`) as parameters. */
export const optionParameters = (message: Message): readonly Parameter[] =>
  message.fields
    // a time has no form of its own in a query's documentation
    .filter(({ type }) => type.of !== 'message' && !(type.of === 'scalar' && type.scalar === 'Time'))
    .map(field => query(field.name, '', parameterType(field.type)))

function parameterType(type: FieldType): Parameter['type'] {
  if (type.of === 'list') return parameterType(type.item)
  if (type.of !== 'scalar') return 'string'
  if (type.scalar === 'bool') return 'boolean'
  return type.scalar === 'int32' || type.scalar === 'int64' ? 'integer' : 'string'
}

/** In the order of documents. */
export const byName = (a: Parameter, b: Parameter): number =>
  a.name === b.name ? (a.in < b.in ? -1 : 1) : a.name < b.name ? -1 : 1

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
