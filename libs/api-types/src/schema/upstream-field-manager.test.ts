import { readFileSync } from 'node:fs'
import {
  type ApplyConflicts,
  applyFromClientSide,
  atOnce,
  cloneJson,
  type Json,
  keepLastApplied,
  type ManagedFieldsEntry,
  trackUpdate,
  trackUpdateSteps,
} from '@kubets/apimachinery'
import { describe, expect, it } from 'vitest'
import { builtinSchemas } from './schema.ts'

/** What upstream's own field manager made of random updates and applies. */
interface Recorded {
  schema: string
  apiVersion: string
  op: 'update' | 'apply'
  manager: string
  subresource: string
  force: boolean
  live: Written | null
  object: Written
  result?: Written
  error?: string
}

interface Written {
  metadata?: { managedFields?: ManagedFieldsEntry[] }
}

const [, ...lines] = readFileSync(new URL('testdata/upstream-field-manager.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const cases = lines.map(line => JSON.parse(line) as Recorded)
const copy = <T>(value: T): T => cloneJson(value as Json) as T

/** An object and its managers apart. */
function split(object: Written): { bare: Written; managed: ManagedFieldsEntry[] | undefined } {
  const bare = copy(object)
  const managed = bare.metadata?.managedFields
  delete bare.metadata?.managedFields
  return { bare, managed }
}

function outcome(recorded: Recorded): { bare: Written; managed: ManagedFieldsEntry[] | undefined } {
  const schema = builtinSchemas.get(recorded.schema)
  const { apiVersion, manager, subresource, force } = recorded
  const kind = {
    view: (version: string) => (version === apiVersion ? schema.type : undefined),
    convert: (object: object) => object,
    filter: <T>(set: T) => set,
  }
  const live = split(recorded.live ?? ({ apiVersion, kind: recorded.schema.split('.').at(-1) } as Written))
  const common = { kind, apiVersion, live: live.bare, liveManaged: live.managed, manager, subresource }
  const now = '1970-01-01T00:00:00Z'
  if (recorded.op === 'update') {
    const { bare, managed } = split(recorded.object)
    const update = { ...common, object: bare, sentManaged: managed, now }
    const tracked = trackUpdate(update)
    expect(atOnce(trackUpdateSteps(update)), 'in steps').toEqual(tracked)
    return { bare, managed: tracked }
  }
  const applied = applyFromClientSide({ ...common, config: copy(recorded.object), force, now })
  const object = (applied.object ?? live.bare) as Written
  schema.stripUnknown(object)
  keepLastApplied(object, recorded.object, manager)
  return { bare: object, managed: applied.managed }
}

/** Entries in an order of their own: upstream's depends on times that the record does not have. */
const shown = (managed: readonly ManagedFieldsEntry[] | undefined) =>
  JSON.parse(JSON.stringify(managed ?? []), (key, value) => (key === 'fieldsV1' ? JSON.stringify(value) : value)).sort(
    (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
  )

/** Conflicts come in no order from upstream. */
const parts = (text: string) => text.split(/\n|: (?=conflicts with)/).sort()

describe('what upstream recorded', () => {
  it.each(
    cases.map(
      (recorded, i) => [`${i + 1}: ${recorded.op} of a ${recorded.schema.split('.').at(-1)}`, recorded] as const,
    ),
  )('%s', (_, recorded) => {
    if (recorded.error !== undefined) {
      let text = ''
      try {
        outcome(recorded)
      } catch (error) {
        text = (error as ApplyConflicts).message
      }
      expect(parts(recorded.error.replace(/^.*?Kind=\w+\): /, ''))).toEqual(parts(text))
      return
    }
    const schema = builtinSchemas.get(recorded.schema)
    const { bare, managed } = outcome(recorded)
    const expected = split(recorded.result as Written)
    expect(shown(managed)).toEqual(shown(expected.managed))
    expect(schema.encode(bare)).toBe(schema.encode(expected.bare))
  })
})
