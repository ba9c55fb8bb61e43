import { builtinCatalogue, builtinSchemas, type Pod } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { createCodec } from './codec.ts'
import { bound } from './subresources/bound-pod.ts'
import { isGated, nodeNameOf } from './subresources/unread-pod.ts'
import { statusStandsLast, unreadSpec, withMember } from './unread-spec.ts'

const codec = createCodec(builtinSchemas)
const entry = builtinCatalogue.byResource('', 'v1', 'pods') as never
const plain = (object: unknown) => JSON.parse(JSON.stringify(object))

const managedFields = ['web', 'kubelet'].map(manager => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { 'k:{"name":"}},\\"spec\\":{"}': {} } },
}))
const looksLikeStatus = '},"status":{"phase":"Failed"}}'
const claim = {
  name: 'v',
  ephemeral: {
    volumeClaimTemplate: {
      metadata: { managedFields: [{ manager: 'x', fieldsV1: { status: { a: {} } } }] },
      spec: { resources: { requests: { storage: '1Gi' } } },
    },
  },
}

const simple = { containers: [{ name: 'a', image: 'b' }] }
const specs: Record<string, object> = {
  plain: simple,
  'with much beside': {
    containers: [{ name: 'ü', image: looksLikeStatus, env: [{ name: 'A', value: '\\"{[' }], securityContext: {} }],
    hostNetwork: true,
    nodeSelector: { spec: 'x', status: 'y' },
    tolerations: [{ key: 'a', operator: 'Exists' }],
  },
  'with a template that has a status of its own': { containers: [], volumes: [claim] },
  'with a big number': { containers: [], activeDeadlineSeconds: 9007199254740993n },
}

function stored(spec: object): Buffer {
  const pod = { metadata: { name: 'a', namespace: 'n', annotations: { x: looksLikeStatus }, managedFields }, spec }
  codec.applyDefaults(entry, pod as never)
  return codec.encode(entry, { ...pod, status: { phase: 'Pending', message: looksLikeStatus } } as never)
}

describe('an object whose spec is not read', () => {
  it.each(Object.entries(specs))('is the same object when somebody reads it: %s', (_, spec) => {
    const bytes = stored(spec)
    const object = codec.decodeWithoutSpec(entry, bytes, undefined)
    expect(unreadSpec(object)).toBeDefined()
    const whole = codec.decodeForWrite(entry, bytes)
    expect(object).toEqual(whole)
    expect(unreadSpec(object)).toBeUndefined()
    expect(String(codec.encode(entry, object))).toBe(String(codec.encode(entry, whole)))
  })

  it.each(Object.entries(specs))('is written as it was, with the same selectable fields: %s', (_, spec) => {
    const bytes = stored(spec)
    const object = codec.decodeWithoutSpec(entry, bytes, undefined)
    const written = codec.encode(entry, object)
    expect(String(written)).toBe(String(bytes))
    expect(unreadSpec(object)).toBeDefined()
    expect(codec.factsOf(written)).toEqual(codec.factsOf(bytes))
  })

  it('keeps what is changed in it', () => {
    const object = codec.decodeWithoutSpec(entry, stored(simple), undefined) as Pod
    delete object.spec?.schedulerName
    Object.assign(object.spec as object, { nodeName: 'n1' })
    const { spec } = plain(codec.decode(entry, codec.encode(entry, object as never)))
    expect(spec.nodeName).toBe('n1')
    expect(String(codec.encode(entry, object as never))).not.toContain('schedulerName')
  })

  it('is read whole where the bytes are not of this process', () => {
    const bytes = Buffer.from(stored(simple))
    expect(unreadSpec(codec.decodeWithoutSpec(entry, bytes, { 'metadata.name': 'a' }))).toBeUndefined()
  })

  it('is read whole where another part may have a member named status', () => {
    const definitions = builtinCatalogue.byResource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions') as never
    expect(statusStandsLast(builtinSchemas, definitions)).toBe(true)
    const claims = builtinCatalogue.byResource('resource.k8s.io', 'v1', 'resourceclaims') as never
    expect(statusStandsLast(builtinSchemas, claims)).toBe(false)
  })
})

describe('a binding of a pod whose spec is not read', () => {
  const binding = { target: { kind: 'Node', name: 'no"de' }, metadata: { labels: { zone: 'z' } } } as never
  it.each(Object.entries(specs))('gives the bytes that it gives otherwise: %s', (_, spec) => {
    const bytes = stored(spec)
    const unread = codec.decodeWithoutSpec(entry, bytes, undefined) as Pod
    const read = codec.decodeForWrite(entry, bytes) as Pod
    expect([nodeNameOf(unread), isGated(unread)]).toEqual([nodeNameOf(read), isGated(read)])
    const [a, b] = [unread, read].map(pod => codec.encode(entry, bound(pod, binding, 0) as never))
    expect(String(a)).toBe(String(b))
    expect(codec.factsOf(a as Buffer)).toEqual(codec.factsOf(b as Buffer))
    expect(unreadSpec(unread)).toBeDefined()
  })

  it('sees scheduling gates', () => {
    const pod = codec.decodeWithoutSpec(entry, stored({ containers: [], schedulingGates: [{ name: 'g' }] }), undefined)
    expect(isGated(pod as Pod)).toBe(true)
  })
})

describe('adding a member to a text', () => {
  const order = ['a', 'b', 'c']
  it.each([
    ['{}', '{"b":1}'],
    ['{"a":{"b":2}}', '{"a":{"b":2},"b":1}'],
    ['{"c":[{"a":"}"}]}', '{"b":1,"c":[{"a":"}"}]}'],
    ['{"a":"\\\\","c":["\\\\\\""]}', '{"a":"\\\\","b":1,"c":["\\\\\\""]}'],
    ['{"a":"\\"c\\":","c":"b"}', '{"a":"\\"c\\":","b":1,"c":"b"}'],
  ])('%s', (text, expected) => {
    expect(String(withMember(Buffer.from(text), 'b', '1', order))).toBe(expected)
  })
  it.each(['{"b":2}', '{"x":1}', '{"a":1', '{"a'])('is refused where it has it, or is not known: %s', text => {
    expect(withMember(Buffer.from(text), 'b', '1', order)).toBeUndefined()
  })
})
