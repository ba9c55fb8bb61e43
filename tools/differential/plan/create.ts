import { mergePatched, mutationsOf } from './mutations.ts'
import { placed, type Subject } from './plan.ts'
import { protobufBody } from './protobuf-body.ts'
import type { Json, Step } from './step.ts'

/** Only create and nothing that can be read: reviews, bindings, evictions. */
const isReview = (subject: Subject) => !subject.resource.verbs.includes('get')

export function createSteps(subject: Subject): Step[] {
  const { resource, corpus, namespace, collection, base } = subject
  if (base === undefined || !resource.verbs.includes('create')) return []
  const post = (about: string, body: unknown, query = '', headers?: Record<string, string>): Step => ({
    verb: 'create',
    about,
    request: { method: 'POST', path: `${collection}${query}`, body, ...(headers ? { headers } : {}) },
  })
  const dry = '?dryRun=All'
  const more = (corpus.more ?? []).map(({ about, body }) => ({ about, body: placed(body, resource, namespace) }))
  const yaml = { 'content-type': 'application/yaml' }
  return [
    post('as YAML', JSON.stringify(base), dry, yaml),
    ...protobufStep(subject, post),
    post('answered as YAML', base, dry, { accept: 'application/yaml' }),
    post('answered as a Table', base, dry, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
    post('with a generated name', named(base, undefined), dry),
    { ...post('the base', base), keep: 'base', valid: true },
    ...(isReview(subject) ? [] : [post('a name that is taken', base)]),
    ...settledStep(subject),
    ...more.map(({ about, body }): Step => ({ ...post(about, body), valid: true })),
  ]
}

function protobufStep(
  { base }: Subject,
  post: (about: string, body: unknown, query: string, headers: Record<string, string>) => Step,
) {
  const body = protobufBody(base)
  return body === undefined
    ? []
    : [post('as protobuf', body, '?dryRun=All', { 'content-type': 'application/vnd.kubernetes.protobuf' })]
}

function settledStep({ corpus, path }: Subject): Step[] {
  if (corpus.settles === undefined) return []
  return [
    {
      verb: 'get',
      about: 'once it is settled',
      request: { method: 'GET', path },
      after: corpus.settles * 1000,
      keep: 'base',
    },
  ]
}

function named(base: Json, name: string | undefined): Json {
  const { name: _, ...metadata } = base.metadata ?? {}
  return { ...base, metadata: name === undefined ? { ...metadata, generateName: 'random-' } : { ...metadata, name } }
}

/** Bodies that are wrong, each in one way. None is stored. */
export function invalidSteps(subject: Subject): Step[] {
  const { resource, corpus, namespace, collection, base } = subject
  if (!resource.verbs.includes('create')) return []
  const post = (about: string, body: unknown, query: string, headers?: Record<string, string>): Step => ({
    verb: 'invalid',
    about,
    request: { method: 'POST', path: `${collection}${query}`, body, ...(headers ? { headers } : {}) },
  })
  const dry = '?dryRun=All'
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
  const steps: Step[] = [
    post('an empty body', '', dry),
    post('not JSON', '{"kind":', dry),
    post('a list', '[]', dry),
    post('null', 'null', dry),
    post('an empty object', {}, dry),
    post('nothing but kind and version', { apiVersion, kind: resource.kind }, dry),
    post('a name only', { apiVersion, kind: resource.kind, metadata: { name: 'only' } }, dry),
    post('another kind', { apiVersion, kind: 'Unheard', metadata: { name: 'only' } }, dry),
    post('another version', { apiVersion: 'example.com/v1', kind: resource.kind, metadata: { name: 'only' } }, dry),
    post('an unknown content type', '{}', dry, { 'content-type': 'text/plain' }),
    post('broken protobuf', Buffer.from('k8s\0\x0a\xff\xff', 'latin1'), dry, {
      'content-type': 'application/vnd.kubernetes.protobuf',
    }),
  ]
  if (base === undefined) return steps
  steps.push(
    post('a wrong dryRun', base, '?dryRun=Some'),
    post('a wrong fieldValidation', base, `${dry}&fieldValidation=Maybe`),
    post('a field manager that is too long', base, `${dry}&fieldManager=${'m'.repeat(130)}`),
    post('a field manager that cannot be printed', base, `${dry}&fieldManager=%01`),
    post(
      'unknown fields, strict',
      { ...base, unknownField: 1, spec: base.spec && { ...base.spec, strange: true } },
      `${dry}&fieldValidation=Strict`,
    ),
    post('unknown fields, warned', { ...base, unknownField: 1 }, `${dry}&fieldValidation=Warn`),
    post('unknown fields, ignored', { ...base, unknownField: 1 }, `${dry}&fieldValidation=Ignore`),
    post(
      'a duplicate field, strict',
      JSON.stringify(base).replace('{', '{"kind":"Other",'),
      `${dry}&fieldValidation=Strict`,
    ),
    post('a duplicate field, warned', JSON.stringify(base).replace('{', '{"kind":"Other",'), dry),
    post('another namespace', { ...base, metadata: { ...base.metadata, namespace: 'elsewhere' } }, dry),
    post('a resourceVersion', { ...base, metadata: { ...base.metadata, resourceVersion: '5' } }, dry),
    // one at a time: upstream goes through them in the order of a Go map
    ...[{ '-bad-': 'x' }, { bad: 'x y' }, { bad: 'y'.repeat(64) }].map(labels =>
      post(
        `a bad label: ${JSON.stringify(labels).slice(0, 20)}`,
        { ...base, metadata: { ...base.metadata, labels } },
        dry,
      ),
    ),
    post('bad annotations', { ...base, metadata: { ...base.metadata, annotations: { 'a b': 'x' } } }, dry),
    post('bad finalizers', { ...base, metadata: { ...base.metadata, finalizers: ['unqualified', '-'] } }, dry),
    post(
      'bad owners',
      { ...base, metadata: { ...base.metadata, ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] } },
      dry,
    ),
    post(
      'strange keys',
      { ...base, metadata: { ...base.metadata, annotations: { constructor: 'a', '10': 'b', toString: 'c' } } },
      dry,
    ),
  )
  for (const { about, patch, body } of corpus.invalid ?? [])
    steps.push(
      post(`corpus: ${about}`, body === undefined ? mergePatched(base, patch) : placed(body, resource, namespace), dry),
    )
  for (const { about, apply } of mutationsOf(withoutNamespace(base))) {
    const made = structuredClone(withoutNamespace(base))
    apply(made)
    steps.push(post(about, made, dry))
  }
  return steps
}

/** What the path says anyway makes no variants. */
function withoutNamespace(base: Json): Json {
  const { namespace: _, ...metadata } = base.metadata ?? {}
  return base.metadata === undefined ? base : { ...base, metadata }
}
