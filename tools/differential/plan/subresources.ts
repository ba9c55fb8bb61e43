import { mergePatched } from './mutations.ts'
import { patchTypes } from './patch.ts'
import type { Subject } from './plan.ts'
import type { Json, Step } from './step.ts'
import { putOf } from './update.ts'

export function subresourceSteps(subject: Subject): Step[] {
  const { resource, corpus, path, collection, base } = subject
  if (base === undefined) return []
  const steps: Step[] = []
  for (const [name, { verbs }] of resource.subresources) {
    if (name === 'proxy' || name === 'exec' || name === 'attach' || name === 'portforward' || name === 'log') continue
    if (verbs.includes('get'))
      steps.push(
        { verb: name, about: 'get', request: { method: 'GET', path: `${path}/${name}` } },
        {
          verb: name,
          about: 'get of what is missing',
          request: { method: 'GET', path: `${collection}/missing/${name}` },
        },
        {
          verb: name,
          about: 'get as a Table',
          request: {
            method: 'GET',
            path: `${path}/${name}`,
            headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
          },
        },
      )
    if (verbs.includes('create'))
      steps.push({ verb: name, about: 'an empty body', request: { method: 'POST', path: `${path}/${name}`, body: {} } })
    if (verbs.includes('patch'))
      steps.push({
        verb: name,
        about: 'an empty merge patch',
        request: { method: 'PATCH', path: `${path}/${name}`, body: {}, headers: { 'content-type': patchTypes.merge } },
      })
  }
  if (resource.subresources.get('status')?.verbs.includes('update')) steps.push(...statusSteps(subject))
  if (resource.subresources.has('scale')) steps.push(...scaleSteps(path))
  for (const { about, verb, method, path: where, headers, body } of corpus.requests ?? [])
    steps.push({
      verb: verb ?? 'corpus',
      about: `${method} ${where} ${about}`,
      request: {
        method,
        path: where.startsWith('..')
          ? `${collection}${where.slice(2)}`
          : where.startsWith('.')
            ? `${path}${where.slice(1)}`
            : where,
        ...(headers ? { headers } : {}),
        ...(body === undefined ? {} : { body }),
      },
    })
  return steps
}

function statusSteps({ corpus, path, base }: Subject): Step[] {
  const put = (about: string, change: (object: Json) => Json, query = '?dryRun=All'): Step => ({
    verb: 'status',
    about,
    request: putOf(`${path}/status`, change, query),
  })
  const steps: Step[] = [
    put('nothing changes', object => withoutVersion(object)),
    put('only what status does not own', object => ({
      ...withoutVersion(object),
      metadata: { ...withoutVersion(object).metadata, labels: { x: 'y' } },
      spec: {},
    })),
    put('no status', object => ({ ...withoutVersion(object), status: undefined })),
    put(
      'an unknown field',
      object => ({ ...withoutVersion(object), status: { unheard: 1 } }),
      '?dryRun=All&fieldValidation=Strict',
    ),
  ]
  for (const { about, patch } of corpus.status ?? []) {
    steps.push(put(`corpus: ${about}`, object => mergePatched(withoutVersion(object), { status: patch })))
    for (const type of ['merge', 'strategic'] as const)
      steps.push({
        verb: 'status',
        about: `${type} patch, corpus: ${about}`,
        request: {
          method: 'PATCH',
          path: `${path}/status?dryRun=All`,
          body: { status: patch },
          headers: { 'content-type': patchTypes[type] },
        },
      })
    steps.push({
      verb: 'status',
      about: `apply, corpus: ${about}`,
      request: {
        method: 'PATCH',
        path: `${path}/status?fieldManager=status&dryRun=All`,
        body: JSON.stringify({
          apiVersion: base.apiVersion,
          kind: base.kind,
          metadata: { name: base.metadata.name },
          status: patch,
        }),
        headers: { 'content-type': patchTypes.apply },
      },
    })
  }
  const [first] = corpus.status ?? []
  if (first !== undefined)
    steps.push(
      put(`really: ${first.about}`, object => mergePatched(withoutVersion(object), { status: first.patch }), ''),
      {
        verb: 'get',
        about: 'as a Table, with a status',
        request: { method: 'GET', path, headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
        // a controller of the server may set right what was just written
        ...(corpus.settles === undefined ? {} : { within: 10_000 }),
      },
    )
  return steps
}

/** Other steps may have written since. */
function withoutVersion(object: Json): Json {
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function scaleSteps(path: string): Step[] {
  const patch = (about: string, body: unknown, query = ''): Step => ({
    verb: 'scale',
    about,
    request: { method: 'PATCH', path: `${path}/scale${query}`, body, headers: { 'content-type': patchTypes.merge } },
  })
  const put = (about: string, change: (scale: Json) => Json): Step => ({
    verb: 'scale',
    about,
    request: kept => {
      const scale = kept.get('scale')
      return scale === undefined ? undefined : { method: 'PUT', path: `${path}/scale`, body: change(scale) }
    },
  })
  return [
    patch('to a negative number', { spec: { replicas: -1 } }),
    patch('to text', { spec: { replicas: 'many' } }),
    patch('tried', { spec: { replicas: 7 } }, '?dryRun=All'),
    { ...patch('to four', { spec: { replicas: 4 } }), keep: 'scale' },
    put('another name', scale => ({ ...scale, metadata: { ...scale.metadata, name: 'other' } })),
    put('an old version', scale => ({ ...scale, metadata: { ...scale.metadata, resourceVersion: '1' } })),
    put('another kind', scale => ({ ...scale, kind: 'Deployment' })),
    { ...put('to two', scale => ({ ...scale, spec: { replicas: 2 } })), keep: 'scale' },
  ]
}
