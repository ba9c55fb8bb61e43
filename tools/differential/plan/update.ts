import { changesOf, mergePatched } from './mutations.ts'
import type { Subject } from './plan.ts'
import type { Json, Kept, Step } from './step.ts'

/** A PUT of what this peer stores, changed. */
export function putOf(path: string, change: (object: Json) => Json, query = '') {
  return (kept: Kept) => {
    const stored = kept.get('base')
    return stored === undefined
      ? undefined
      : { method: 'PUT', path: `${path}${query}`, body: change(structuredClone(stored)) }
  }
}

/** Each leaf of the base changed and each place removed, one at a time: which are immutable, and what validation says of the rest. */
export function changeSteps({ resource, corpus, path, base }: Subject): Step[] {
  if (base === undefined || !resource.verbs.includes('update')) return []
  const steps: Step[] = changesOf(base).map(({ about, apply }) => ({
    verb: 'change',
    about,
    request: putOf(
      path,
      object => {
        apply(object)
        return object
      },
      '?dryRun=All',
    ),
  }))
  for (const { about, patch } of corpus.updates ?? [])
    steps.push({
      verb: 'change',
      about: `corpus: ${about}`,
      request: putOf(path, object => mergePatched(object, patch), '?dryRun=All'),
    })
  return steps
}

export function updateSteps({ resource, collection, path, base }: Subject): Step[] {
  if (base === undefined || !resource.verbs.includes('update')) return []
  const update = (about: string, change: (object: Json) => Json, query = ''): Step => ({
    verb: 'update',
    about,
    request: putOf(path, change, query),
  })
  const meta = (changes: Json) => (object: Json) => ({ ...object, metadata: { ...object.metadata, ...changes } })
  return [
    { ...update('nothing changes', object => object), keep: 'base' },
    update('an old version', meta({ resourceVersion: '1' })),
    update('a bad version', meta({ resourceVersion: 'x' })),
    update('without a version', meta({ resourceVersion: undefined }), '?dryRun=All'),
    update('another identifier', meta({ uid: '00000000-0000-0000-0000-000000000000' })),
    update('another name', meta({ name: 'another' })),
    update('no name', meta({ name: undefined }), '?dryRun=All'),
    update('a creation time', meta({ creationTimestamp: '2001-01-01T00:00:00Z' }), '?dryRun=All'),
    update('a deletion time', meta({ deletionTimestamp: '2001-01-01T00:00:00Z' }), '?dryRun=All'),
    update('a generation', meta({ generation: 77 }), '?dryRun=All'),
    update('another kind', object => ({ ...object, kind: 'Unheard' })),
    update('unknown fields', object => ({ ...object, unknownField: 1 }), '?dryRun=All&fieldValidation=Strict'),
    { ...update('labels', meta({ labels: { ...base.metadata?.labels, changed: 'yes' } })), keep: 'base' },
    {
      verb: 'update',
      about: 'what is missing',
      request: {
        method: 'PUT',
        path: `${collection}/missing?dryRun=All`,
        body: { ...base, metadata: { ...base.metadata, name: 'missing' } },
      },
    },
    {
      verb: 'update',
      about: 'what is missing, with a version',
      request: {
        method: 'PUT',
        path: `${collection}/missing?dryRun=All`,
        body: { ...base, metadata: { ...base.metadata, name: 'missing', resourceVersion: '3' } },
      },
    },
  ]
}
