import { builtinCatalogue, type ResourceEntry } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer } from '../../../apps/api-server/src/testing/api-server.ts'
import { openWatch } from '../../../apps/api-server/src/testing/watch-reader.ts'
import { type CorpusFile, readCorpus } from '../../../tools/differential/corpus.ts'
import { Coverage } from './coverage.ts'
import {
  type Body,
  canonical,
  contentType,
  decode,
  type Encoding,
  encode,
  encodings,
  firstFrame,
  groupVersion,
} from './encodings.ts'
import { gated } from './gated.ts'

const namespace = 'every-kind'
const corpus = await readCorpus()
const coverage = new Coverage()
let api: TestApiServer

beforeAll(async () => {
  const optional = new Set(builtinCatalogue.entries.filter(e => !e.enabledByDefault).map(groupVersion))
  // versions behind upstream's feature gates are off under api/all, and on when they are named
  api = await testApiServer({ runtimeConfig: ['api/all=true', ...[...optional].map(name => `${name}=true`)] })
  for (const name of [namespace, 'default'])
    await api.h2.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } })
  for (const name of [namespace, 'default'])
    await api.h2.request('POST', `/api/v1/namespaces/${name}/serviceaccounts`, {
      body: { metadata: { name: 'default' } },
    })
})
afterAll(async () => {
  process.stdout.write(`\nCovered, kind by kind:\n${coverage}\n`)
  await api[Symbol.asyncDispose]()
})

const patches = {
  'application/json-patch+json': (label: string) => [
    { op: 'add', path: '/metadata/labels', value: { patched: label } },
  ],
  'application/merge-patch+json': (label: string) => ({ metadata: { labels: { patched: label } } }),
  'application/strategic-merge-patch+json': (label: string) => ({ metadata: { labels: { patched: label } } }),
} as const
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const partial = (list: string) => `application/json;as=PartialObjectMetadata${list};v=v1;g=meta.k8s.io`

/** The corpus' file of a kind, or that of its v1, which has the same form. */
function fileOf({ group, version, resource }: ResourceEntry): CorpusFile | undefined {
  const name = (v: string) => `${group === '' ? 'core' : group}.${v}.${resource}`
  return corpus.get(name(version)) ?? corpus.get(name('v1')) ?? corpus.get(name('v1beta1')) ?? gated[resource]
}

function prefixOf(entry: ResourceEntry, inside: string): string {
  const root = entry.group === '' ? '/api/v1' : `/apis/${groupVersion(entry)}`
  return `${root}${entry.namespaced ? `/namespaces/${inside}` : ''}/${entry.resource}`
}

const metaOf = (object: Body) => (object.metadata ?? {}) as Body
const nameOf = (object: Body) => String(metaOf(object).name ?? '')

/** The corpus names a namespace of its own here and there. */
const forThisSuite = (object: Body): Body =>
  JSON.parse(JSON.stringify(object).replaceAll(/"diff-[a-z0-9-]+-v\d[a-z0-9-]*"/g, `"${namespace}"`)) as Body

/** What the server alone says of an object: two that were made of one body differ in nothing else. */
function withoutSystem(object: Body): Body {
  const {
    uid,
    resourceVersion: _2,
    creationTimestamp: _3,
    managedFields: _4,
    generation: _5,
    ...metadata
  } = metaOf(object)
  const { clusterIP: _6, clusterIPs: _7, ...spec } = (object.spec ?? {}) as Body
  const bare = { ...object, metadata, spec: object.kind === 'Service' ? spec : object.spec }
  // Jobs carry their own uid in labels and selector; ports of Services are allocated; conditions have their times
  const text = JSON.stringify(bare)
    .replaceAll(String(uid), 'its-uid')
    .replaceAll(/"nodePort":\d+/g, '"nodePort":1')
    .replaceAll(/"(last\w*TransitionTime)":"[^"]+"/g, '"$1":"then"')
  return JSON.parse(text) as Body
}

/** Creates what must stand first; what stands already stays. */
async function prepare(file: CorpusFile): Promise<void> {
  for (const need of (file.needs ?? []) as Body[]) {
    const [group = '', version = ''] = String(need.apiVersion).includes('/')
      ? String(need.apiVersion).split('/')
      : ['', String(need.apiVersion)]
    const entry = builtinCatalogue.byKind(group, version, String(need.kind))
    if (entry === undefined) throw new Error(`the corpus needs ${need.apiVersion} ${need.kind}, which nobody serves`)
    await api.h2.request('POST', prefixOf(entry, namespace), { body: need })
  }
}

/** Deletes an object and whatever holds it. */
async function remove(path: string): Promise<void> {
  await api.h2.request('DELETE', `${path}?gracePeriodSeconds=0`)
  const left = await api.h2.request('GET', path)
  if (left.status === 404) return
  await api.h2.request('PATCH', path, {
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  if (left.json.kind === 'Namespace')
    await api.h2.request('PUT', `${path}/finalize`, { body: { ...left.json, spec: { finalizers: [] } } })
  expect((await api.h2.request('GET', path)).status, `${path} is gone`).toBe(404)
}

/** Kinds whose conditions the api-server itself writes, right after each create. */
const settles = new Set(['CustomResourceDefinition', 'APIService', 'FlowSchema'])

const served = builtinCatalogue.entries.map(entry => [`${groupVersion(entry)} ${entry.kind}`, entry] as const)
const stored = served.filter(([, { stored: kept, verbs }]) => kept && verbs.includes('create'))
const posted = served.filter(([, { stored: kept, verbs }]) => !kept && verbs.includes('create'))

describe.each(stored)('%s', (_title, entry) => {
  const file = fileOf(entry)
  const collection = prefixOf(entry, namespace)
  const base = forThisSuite((file?.base ?? {}) as Body)
  const path = `${collection}/${nameOf(base)}`

  async function create(encoding: Encoding, object: Body): Promise<Body> {
    const reply = await api.h2.request('POST', collection, {
      body: encode(entry, encoding, object),
      headers: { 'content-type': contentType(encoding), accept: contentType(encoding) },
    })
    const answer = decode(entry, encoding, reply.bytes)
    expect(reply.status, `create as ${encoding}: ${JSON.stringify(answer).slice(0, 600)}`).toBe(201)
    coverage.add(entry, 'create', encoding)
    return settles.has(entry.kind) ? settled(encoding) : canonical(entry, answer)
  }

  /** The object with what the server says of it at once. */
  async function settled(encoding: Encoding): Promise<Body> {
    return vi.waitFor(async () => {
      const object = await read(encoding)
      const { conditions = [] } = (object.status ?? {}) as { conditions?: { type: string; status: string }[] | null }
      const told = (conditions ?? []).filter(({ type, status }) => type !== 'Established' || status === 'True')
      expect(told.length).toBeGreaterThanOrEqual(entry.kind === 'CustomResourceDefinition' ? 2 : 1)
      return object
    })
  }

  async function read(encoding: Encoding): Promise<Body> {
    const reply = await api.h2.request('GET', path, { headers: { accept: contentType(encoding) } })
    expect(reply.status).toBe(200)
    coverage.add(entry, 'get', encoding)
    return canonical(entry, decode(entry, encoding, reply.bytes))
  }

  it('goes in and comes out the same in every encoding', async () => {
    expect(file?.base, 'a full object in the corpus').toBeDefined()
    await prepare(file as CorpusFile)
    const first = await create('JSON', base)
    for (const encoding of encodings) expect(await read(encoding), `read as ${encoding}`).toEqual(first)
    await remove(path)
    for (const encoding of ['YAML', 'protobuf'] as const) {
      const again = await create(encoding, base)
      expect(withoutSystem(again), `created as ${encoding}`).toEqual(withoutSystem(first))
      for (const other of encodings)
        expect(await read(other), `created as ${encoding}, read as ${other}`).toEqual(again)
      await remove(path)
    }
    await create('JSON', base)
  })

  it('is updated in every encoding', async () => {
    for (const encoding of encodings) {
      const object = await read('JSON')
      metaOf(object).labels = { ...(metaOf(object).labels as object), updated: encoding }
      const reply = await api.h2.request('PUT', path, {
        body: encode(entry, encoding, object),
        headers: { 'content-type': contentType(encoding), accept: contentType(encoding) },
      })
      const answer = decode(entry, encoding, reply.bytes)
      expect(reply.status, JSON.stringify(answer).slice(0, 600)).toBe(200)
      expect(metaOf(answer).labels).toMatchObject({ updated: encoding })
      coverage.add(entry, 'update', encoding)
    }
  })

  it('is patched in every way, and one that changes nothing writes nothing', async () => {
    for (const [type, patch] of Object.entries(patches)) {
      const send = () =>
        api.h2.request('PATCH', path, { body: patch(type.slice(12, 16)), headers: { 'content-type': type } })
      const reply = await send()
      expect(reply.status, reply.text.slice(0, 600)).toBe(200)
      expect(reply.json.metadata.labels.patched).toBe(type.slice(12, 16))
      expect((await send()).json.metadata.resourceVersion).toBe(reply.json.metadata.resourceVersion)
      coverage.add(entry, 'patch', type.slice(12))
    }
  })

  it('is applied by two managers, who meet a conflict', async () => {
    const apply = (manager: string, owner: string, query = '') =>
      api.h2.request('PATCH', `${path}?fieldManager=${manager}${query}`, {
        body: {
          apiVersion: groupVersion(entry),
          kind: entry.kind,
          metadata: { name: nameOf(base), labels: { owner } },
        },
        headers: { 'content-type': 'application/apply-patch+yaml' },
      })
    const first = await apply('one', 'one')
    expect(first.status, first.text.slice(0, 600)).toBe(200)
    const conflict = await apply('two', 'two')
    expect([conflict.status, conflict.json.details?.causes?.[0]?.reason]).toEqual([409, 'FieldManagerConflict'])
    expect(conflict.json.message).toContain('conflict with "one"')
    const forced = await apply('two', 'two', '&force=true')
    expect(forced.json.metadata.labels.owner).toBe('two')
    const owners = forced.json.metadata.managedFields.filter(
      (m: { operation: string; subresource?: string }) => m.operation === 'Apply' && m.subresource === undefined,
    )
    expect(owners.map((m: { manager: string }) => m.manager)).toEqual(['two'])
    coverage.add(entry, 'patch', 'apply')
  })

  it('is listed, in every form', async () => {
    for (const encoding of encodings) {
      const reply = await api.h2.request('GET', collection, { headers: { accept: contentType(encoding) } })
      const { items } = decode(entry, encoding, reply.bytes) as { items: Body[] }
      expect(items.map(nameOf)).toContain(nameOf(base))
      coverage.add(entry, 'list', encoding)
    }
    const rows = (await api.h2.request('GET', collection, { headers: { accept: table } })).json
    expect(rows.columnDefinitions.map((c: { name: string }) => c.name)).toEqual(entry.columns.map(({ name }) => name))
    expect(rows.rows.map((row: { object: Body }) => nameOf(row.object))).toContain(nameOf(base))
    // upstream prints a third cell for IPAddresses, without a column
    for (const { cells } of rows.rows) expect(cells.length).toBeGreaterThanOrEqual(entry.columns.length)
    coverage.add(entry, 'list', 'Table')
    const metadata = (await api.h2.request('GET', collection, { headers: { accept: partial('List') } })).json
    expect(metadata.items.map(nameOf)).toContain(nameOf(base))
    coverage.add(entry, 'list', 'PartialObjectMetadata')
  })

  it('is watched in protobuf', async () => {
    const { metadata } = (await api.h2.request('GET', collection)).json
    const watch = await api.h2.stream('GET', `${collection}?watch=1&resourceVersion=${metadata.resourceVersion}`, {
      headers: { accept: contentType('protobuf') },
    })
    const event = firstFrame(entry, watch.body)
    await api.h2.request('PATCH', path, {
      body: { metadata: { labels: { watched: 'protobuf' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    const { type, object } = await event
    watch.body.destroy()
    expect([type, metaOf(object).labels]).toEqual(['MODIFIED', expect.objectContaining({ watched: 'protobuf' })])
    coverage.add(entry, 'watch', 'protobuf')
  })

  it('is watched, in every form', async () => {
    for (const accept of ['application/json', table, partial('')]) {
      const list = (await api.h2.request('GET', collection)).json
      const watch = await openWatch(api.h2, `${collection}?watch=1&resourceVersion=${list.metadata.resourceVersion}`, {
        accept,
      })
      await api.h2.request('PATCH', path, {
        body: { metadata: { labels: { watched: String(accept.length) } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      })
      const event = await watch.next()
      const shown = accept === table ? event?.object.rows[0].object : event?.object
      expect([event?.type, shown?.metadata.labels.watched]).toEqual(['MODIFIED', String(accept.length)])
      watch.close()
      coverage.add(
        entry,
        'watch',
        accept === table ? 'Table' : accept === 'application/json' ? 'JSON' : 'PartialObjectMetadata',
      )
    }
  })

  it('has its status and its scale, where it has them', async () => {
    for (const part of ['status', 'scale'].filter(name => entry.subresources[name] !== undefined)) {
      const reply = await api.h2.request('GET', `${path}/${part}`)
      expect(reply.status, reply.text.slice(0, 300)).toBe(200)
      coverage.add(entry, `get/${part}`, 'JSON')
      const put = await api.h2.request('PUT', `${path}/${part}`, { body: reply.json })
      expect(put.status, put.text.slice(0, 600)).toBe(200)
      coverage.add(entry, `update/${part}`, 'JSON')
    }
  })

  it('is deleted, alone and with its collection', async () => {
    await remove(path)
    coverage.add(entry, 'delete', 'JSON')
    if (!entry.verbs.includes('deletecollection')) return
    await create('JSON', base)
    const label = 'every-kind=this'
    await api.h2.request('PATCH', path, {
      body: { metadata: { labels: { 'every-kind': 'this' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    const reply = await api.h2.request('DELETE', `${collection}?labelSelector=${encodeURIComponent(label)}`)
    expect(reply.status, reply.text.slice(0, 300)).toBe(200)
    coverage.add(entry, 'deletecollection', 'JSON')
    await remove(path)
  })
})

describe.each(posted)('%s, which is only posted,', (_title, entry) => {
  it('is answered in every encoding', async () => {
    const file = fileOf(entry)
    expect(file?.base, 'an object in the corpus').toBeDefined()
    await prepare(file as CorpusFile)
    for (const encoding of encodings) {
      const reply = await api.h2.request('POST', `${prefixOf(entry, namespace)}?dryRun=All`, {
        body: encode(entry, encoding, forThisSuite((file?.base ?? {}) as Body)),
        headers: { 'content-type': contentType(encoding), accept: contentType(encoding) },
      })
      expect(reply.status, reply.text.slice(0, 600)).toBe(201)
      coverage.add(entry, 'create', encoding)
    }
  })
})

it('leaves no hole: every kind, every verb, every encoding', () => {
  const forms: Readonly<Record<string, readonly string[]>> = {
    create: encodings,
    get: encodings,
    list: [...encodings, 'Table', 'PartialObjectMetadata'],
    watch: ['JSON', 'protobuf', 'Table', 'PartialObjectMetadata'],
    update: encodings,
    patch: ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply'],
    delete: ['JSON'],
    deletecollection: ['JSON'],
  }
  const holes = [...stored, ...posted].flatMap(([title, entry]) =>
    entry.verbs.flatMap(verb =>
      (forms[verb] ?? []).filter(form => !coverage.has(entry, verb, form)).map(form => `${title}: ${verb} ${form}`),
    ),
  )
  expect(holes).toEqual([])
})
