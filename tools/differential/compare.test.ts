import { describe, expect, it } from 'vitest'
import { differences } from './compare.ts'
import { readCorpus } from './corpus.ts'
import { normalize, withoutChance } from './normalize.ts'
import { changesOf, mergePatched, mutationsOf } from './plan/mutations.ts'
import { count, patterns, table } from './report.ts'
import type { Result } from './result.ts'

const answer = (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  normalize({
    status: 200,
    headers,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  })

describe('answers of two servers', () => {
  it('are equal but for what chance decides', () => {
    const object = (uid: string, resourceVersion: string, clusterIP: string, nodePort: number) => ({
      metadata: {
        uid,
        resourceVersion,
        creationTimestamp: new Date().toISOString(),
        name: `random-${uid.slice(0, 5)}`,
      },
      spec: { clusterIP, ports: [{ nodePort }] },
    })
    const one = answer(object('bbbbb222-1234-1234-1234-123456789012', '7', '10.96.3.4', 30001))
    const other = answer(object('ccccc444-1234-1234-1234-123456789012', '1234', '10.96.200.9', 32000))
    expect(differences(one, other)).toEqual([])
  })

  it('are equal when only the time, the signature and the order of a token differ', () => {
    const token = (claims: object, signature: string) =>
      `${[{ alg: 'ES256' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`
    const one = answer({ status: { token: token({ aud: ['a'], exp: 3610, iat: 10, sub: 'x' }, 'aaaa') } })
    const other = answer({ status: { token: token({ sub: 'x', aud: ['a'], iat: 11, exp: 3611 }, 'bbbb') } })
    expect(differences(one, other)).toEqual([])
    const later = answer({ status: { token: token({ sub: 'x', aud: ['a'], iat: 11, exp: 3612 }, 'bbbb') } })
    expect(differences(one, later).map(({ path }) => path)).toEqual(['body.status.token'])
  })

  it('are equal when only the order of managers in conflict differs', () => {
    const cause = (manager: string, field: string, reason = 'FieldManagerConflict') => ({
      reason,
      message: `conflict with "${manager}"`,
      field,
    })
    const of = (...causes: object[]) => answer({ details: { causes } })
    const [a, b, c] = [cause('one', '.a'), cause('one', '.b'), cause('two', '.a')]
    expect(differences(of(a, b, c), of(c, a, b))).toEqual([])
    expect(differences(of(a, b), of(b, a))).toHaveLength(2)
    const [x, y] = [cause('one', 'a', 'FieldValueInvalid'), cause('two', 'b', 'FieldValueInvalid')]
    expect(differences(of(x, y), of(y, x))).toHaveLength(4)
  })

  it('differ in what the corpus said, times of the past included', () => {
    const one = answer({ spec: { time: '2020-01-01T00:00:00Z', replicas: 1 } })
    const other = answer({ spec: { time: '2020-01-01T00:00:01Z', replicas: 1, more: null } })
    expect(differences(one, other).map(({ path }) => path)).toEqual(['body.spec.time', 'body.spec.more'])
  })

  it('differ in headers that count, and not in others', () => {
    const type = 'application/json'
    const one = answer({}, { 'content-type': type, warning: '299 - "old"', date: 'today', 'audit-id': 'x' })
    const other = answer({}, { 'content-type': type, date: 'tomorrow', 'audit-id': 'y' })
    expect(differences(one, other)).toEqual([{ path: 'headers.warning', upstream: '299 - "old"', kubets: undefined }])
  })

  it('are compared frame by frame in a watch', () => {
    const frames = (name: string) => `{"type":"ADDED","object":{"n":"a"}}\n{"type":"ADDED","object":{"n":"${name}"}}\n`
    expect(differences(answer(frames('b')), answer(frames('c')))).toEqual([
      { path: 'body[1].object.n', upstream: 'b', kubets: 'c' },
    ])
  })

  it.each([
    ['Operation: the requested resourceVersion: 12', 'Operation: the requested resourceVersion: <version>'],
    ['uid: 11111111-2222-3333-4444-555555555555', 'uid: <uid>'],
    ['https://192.0.2.10:6443', 'https://<address>'],
    ['provided IP 10.96.0.1', 'provided IP 10.96.0.1'],
    ['3m12s', '<age>'],
  ])('%s reads %s', (text, expected) => expect(withoutChance(text)).toBe(expected))
})

describe('variants of a body', () => {
  const base = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' }, spec: { list: ['x'], n: 1, on: true } }

  it('break each place in several ways, one at a time', () => {
    const mutations = mutationsOf(base)
    expect(new Set(mutations.map(({ about }) => about)).size).toBe(mutations.length)
    for (const place of ['metadata', 'metadata.name', 'spec', 'spec.list', 'spec.list[0]', 'spec.n', 'spec.on'])
      expect(
        mutations.filter(({ about }) => about === `without ${place}` || about.startsWith(`${place} `)).length,
      ).toBeGreaterThan(2)
    for (const { apply } of mutations) {
      const made = structuredClone(base)
      apply(made)
      expect(made).not.toEqual(base)
      expect(made).toMatchObject({ apiVersion: 'v1', kind: 'X' })
    }
  })

  it('change leaves a little, but for the name', () => {
    const made = changesOf(base).map(({ about }) => about)
    expect(made).toContain('spec.n one more')
    expect(made).toContain('spec.on inverted')
    expect(made.filter(about => about.includes('metadata'))).toEqual([])
  })

  it('are made by merge patches without touching the base', () => {
    expect(mergePatched(base, { spec: { n: null, list: [] } })).toEqual({ ...base, spec: { list: [], on: true } })
    expect(base.spec.n).toBe(1)
  })
})

describe('the corpus', () => {
  it('has well-formed files: a base, and what is said about each variant once', async () => {
    for (const [name, file] of await readCorpus()) {
      if (name !== 'core.v1.componentstatuses') expect(file.base, name).toBeDefined()
      for (const list of [file.more, file.invalid, file.updates, file.status]) {
        const abouts = (list ?? []).map(({ about }) => about)
        expect(new Set(abouts).size, `${name}: ${abouts.join(', ')}`).toBe(abouts.length)
      }
    }
  })
})

describe('the report', () => {
  const result = (kind: string, verb: string, outcome: Result['outcome'], path?: string): Result => ({
    kind,
    verb,
    about: 'x',
    outcome,
    ...(path === undefined ? {} : { differences: [{ path, upstream: 1, kubets: 2 }] }),
  })
  const results = [
    result('v1 pods', 'create', 'equal'),
    result('v1 pods', 'create', 'different', 'body.list[3].a'),
    result('v1 nodes', 'get', 'different', 'body.list[7].a'),
    result('v1 nodes', 'get', 'absent'),
  ]

  it('counts by kind and verb', () => {
    expect(count(results)).toEqual({ equal: 1, different: 2, absent: 1, broken: 0, unasked: 0 })
    expect(table(results)).toMatch(/^v1 nodes\s+get\s+\.\s+1\s+1\s+\.\s+\.$/m)
  })

  it('puts alike differences together, wherever in a list they are', () => {
    expect(patterns(results)).toMatchObject([{ path: 'body.list[].a', count: 2, kinds: ['v1 pods', 'v1 nodes'] }])
  })
})
