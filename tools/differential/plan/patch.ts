import type { Subject } from './plan.ts'
import type { Step } from './step.ts'

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export function patchSteps({ resource, corpus, path, base }: Subject): Step[] {
  if (base === undefined || !resource.verbs.includes('patch')) return []
  const patch = (
    type: keyof typeof patchTypes,
    about: string,
    body: unknown,
    query = '?dryRun=All',
    where = path,
  ): Step => ({
    verb: `${type} patch`,
    about,
    request: { method: 'PATCH', path: `${where}${query}`, body, headers: { 'content-type': patchTypes[type] } },
  })
  const labels = { metadata: { labels: { patched: 'yes' } } }
  const steps = [
    patch('json', 'a label', [{ op: 'add', path: '/metadata/labels/patched', value: 'yes' }]),
    patch('json', 'a test that fails', [{ op: 'test', path: '/metadata/name', value: 'other' }]),
    patch('json', 'a path that is not there', [{ op: 'replace', path: '/metadata/unheard/of', value: 1 }]),
    patch('json', 'removal of what is not there', [{ op: 'remove', path: '/metadata/labels/unheard' }]),
    patch('json', 'an unknown operation', [{ op: 'invert', path: '/metadata/labels' }]),
    patch('json', 'move and copy', [
      { op: 'add', path: '/metadata/annotations', value: { a: 'b' } },
      { op: 'copy', from: '/metadata/annotations/a', path: '/metadata/annotations/c' },
      { op: 'move', from: '/metadata/annotations/a', path: '/metadata/annotations/d' },
    ]),
    patch('json', 'no list', labels),
    patch('json', 'no JSON', '[{'),
    patch(
      'json',
      'an unknown field, strict',
      [{ op: 'add', path: '/unknownField', value: 1 }],
      '?dryRun=All&fieldValidation=Strict',
    ),
    patch('json', 'an unknown field, warned', [{ op: 'add', path: '/unknownField', value: 1 }]),
    patch('json', 'another name', [{ op: 'replace', path: '/metadata/name', value: 'other' }]),
    patch('merge', 'a label', labels),
    patch('merge', 'nothing', {}, ''),
    patch('merge', 'a label goes', { metadata: { labels: null } }),
    patch('merge', 'a list', []),
    patch('merge', 'no JSON', '{'),
    patch('merge', 'an empty body', ''),
    patch('merge', 'another name', { metadata: { name: 'other' } }),
    patch('merge', 'another kind', { kind: 'Unheard' }),
    patch('merge', 'an old version', { metadata: { resourceVersion: '1' } }, ''),
    patch('merge', 'a wrong type', { metadata: { labels: 7 } }),
    patch('merge', 'an unknown field, strict', { unknownField: 1 }, '?dryRun=All&fieldValidation=Strict'),
    patch('merge', 'an unknown field, warned', { unknownField: 1 }),
    patch('merge', 'with force', labels, '?dryRun=All&force=true'),
    patch('merge', 'what is missing', labels, '', `${path}-missing`),
    patch('strategic', 'a label', labels),
    patch('strategic', 'a label goes', { metadata: { labels: { patched: null } } }),
    patch('strategic', 'labels replaced', { metadata: { labels: { $patch: 'replace', only: 'this' } } }),
    patch('strategic', 'labels retained', { metadata: { annotations: { $retainKeys: ['a'], a: 'b' } } }),
    patch('strategic', 'an unknown directive', { metadata: { labels: { $patch: 'invert' } } }),
    patch('strategic', 'finalizers deleted', { metadata: { '$deleteFromPrimitiveList/finalizers': ['none'] } }),
    patch('strategic', 'no JSON', '{'),
    patch('strategic', 'an unknown field, strict', { unknownField: 1 }, '?dryRun=All&fieldValidation=Strict'),
    patch('strategic', 'a label, really', labels, ''),
    {
      verb: 'merge patch',
      about: 'an unknown content type',
      request: { method: 'PATCH', path, body: '{}', headers: { 'content-type': 'application/json' } },
    },
  ]
  for (const { about, patch: change } of corpus.updates ?? [])
    for (const type of ['merge', 'strategic'] as const) steps.push(patch(type, `corpus: ${about}`, change))
  return steps
}
