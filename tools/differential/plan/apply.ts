import { pathText, placesOf, put } from './mutations.ts'
import { patchTypes } from './patch.ts'
import type { Subject } from './plan.ts'
import type { Json, Step } from './step.ts'

export function applySteps({ resource, collection, path, base }: Subject): Step[] {
  if (base === undefined || !resource.verbs.includes('patch') || !resource.verbs.includes('get')) return []
  const apply = (about: string, body: unknown, query: string, where = path): Step => ({
    verb: 'apply',
    about,
    request: {
      method: 'PATCH',
      path: `${where}${query}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': patchTypes.apply },
    },
  })
  const name = 'applied'
  const own = `${collection}/${name}`
  const named = (body: Json) => ({ ...body, metadata: { ...body.metadata, name } })
  const labelled = (owner: string) => ({
    apiVersion: base.apiVersion,
    kind: base.kind,
    metadata: {
      name: base.metadata.name,
      ...(base.metadata.namespace ? { namespace: base.metadata.namespace } : {}),
      labels: { owner },
    },
  })
  const leaves = placesOf(base)
    .filter(
      ({ path: at, value }) =>
        at[0] !== 'metadata' && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'),
    )
    .slice(0, 12)
  return [
    apply('without a manager', labelled('one'), ''),
    apply('no YAML', '{: :', '?fieldManager=one'),
    apply('an empty body', '', '?fieldManager=one'),
    apply('a list', '[]', '?fieldManager=one'),
    apply('no kind', { metadata: { name: base.metadata.name } }, '?fieldManager=one'),
    apply('another kind', { ...labelled('one'), kind: 'Unheard' }, '?fieldManager=one'),
    apply('another name', { ...labelled('one'), metadata: { name: 'other' } }, '?fieldManager=one'),
    apply(
      'managedFields',
      { ...labelled('one'), metadata: { ...labelled('one').metadata, managedFields: [{ manager: 'x' }] } },
      '?fieldManager=one',
    ),
    apply('unknown fields', { ...labelled('one'), unknownField: 1 }, '?fieldManager=one&dryRun=All'),
    apply(
      'unknown fields, ignored',
      { ...labelled('one'), unknownField: 1 },
      '?fieldManager=one&fieldValidation=Ignore&dryRun=All',
    ),
    apply('a bad force', labelled('one'), '?fieldManager=one&force=maybe'),
    apply('one', labelled('one'), '?fieldManager=one'),
    apply('one again', labelled('one'), '?fieldManager=one'),
    apply('two, in conflict', labelled('two'), '?fieldManager=two'),
    apply('two, by force', labelled('two'), '?fieldManager=two&force=true'),
    apply('one, in conflict', labelled('one'), '?fieldManager=one'),
    apply(
      'one lets go',
      { ...labelled('one'), metadata: { ...labelled('one').metadata, labels: undefined } },
      '?fieldManager=one',
    ),
    apply('the whole by another', named(base), '?fieldManager=three&dryRun=All', own),
    apply('the whole, in conflict with who created it', base, '?fieldManager=three&dryRun=All'),
    apply('a new object', named(base), '?fieldManager=one', own),
    apply('a new object again', named(base), '?fieldManager=one', own),
    ...leaves.map(({ path: at, value }) => {
      const body = structuredClone(named(base))
      put(body, at, typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : !value)
      return apply(`${pathText(at)} another, in conflict`, body, '?fieldManager=two&dryRun=All', own)
    }),
    apply('a new object, by two', named(base), '?fieldManager=two', own),
    apply(
      'metadata only, by one',
      { apiVersion: base.apiVersion, kind: base.kind, metadata: { name } },
      '?fieldManager=one&dryRun=All',
      own,
    ),
  ]
}
