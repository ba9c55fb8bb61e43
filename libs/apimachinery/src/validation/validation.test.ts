import { describe, expect, it } from 'vitest'
import * as formats from './formats.ts'
import {
  nameIsDnsLabel,
  nameIsDnsSubdomain,
  nameIsLongName,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './object-meta.ts'

const texts = (errors: readonly { field?: string; message?: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`)

describe('formats', () => {
  it.each<[string, (value: string) => string[], string[], string[]]>([
    ['DNS-1123 labels', formats.isDns1123Label, ['a', 'a-1', '0'], ['', 'A', '-a', 'a-', 'a.b', 'x'.repeat(64)]],
    ['DNS-1123 subdomains', formats.isDns1123Subdomain, ['a', 'a.b-c.0'], ['', 'a..b', 'A', 'a_b', '.a']],
    ['DNS-1035 labels', formats.isDns1035Label, ['a', 'a1'], ['1a', '', 'A']],
    ['qualified names', formats.isQualifiedName, ['a', 'A_b.c', 'x.y/Z'], ['', '/a', 'a/', 'a/b/c', 'A.B/c', '-a']],
    ['label values', formats.isLabelValue, ['', 'A', 'a_b.c-d'], ['-', 'a ', 'x'.repeat(64)]],
    ['config keys', formats.isConfigMapKey, ['a.b', '_x', '-'], ['', '.', '..', '..a', 'a/b']],
    ['variables', formats.isEnvVarName, ['A', '1 a', 'ä'.normalize('NFD').slice(0, 1)], ['', 'a=b', 'ä']],
    ['port names', formats.isPortName, ['http', 'h-1'], ['', '1', 'a--b', '-a', 'HTTP', 'x'.repeat(16)]],
    ['addresses', formats.isIp, ['10.0.0.1', '::1', 'fe80::1'], ['10.0.0', '256.0.0.1', '01.2.3.4', ':::']],
    ['ranges', formats.isCidr, ['10.0.0.0/8', '::/0'], ['10.0.0.0', '10.0.0.0/33', '::/129']],
  ])('tells good %s from bad', (_what, check, good, bad) => {
    expect(good.filter(value => check(value).length > 0)).toEqual([])
    expect(bad.filter(value => check(value).length === 0)).toEqual([])
  })

  it('counts long names in bytes where upstream declares the rule, in characters where it is written by hand', () => {
    const name = 'x'.repeat(254)
    expect(formats.isLongName(name)).toEqual(['must be no more than 253 bytes'])
    expect(formats.isDns1123Subdomain(name)).toEqual(['must be no more than 253 characters'])
    expect(nameIsLongName(`${name}-`, true)).toEqual(['must be no more than 253 characters'])
  })

  it('explains with examples, spaced as upstream has it', () => {
    expect(formats.isDns1123Label('A')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ])
  })
})

describe('metadata', () => {
  it('of a good object has no errors', () => {
    const meta = { name: 'a', namespace: 'b', labels: { 'x.y/z': 'v' }, finalizers: ['kubets.io/f'] }
    expect(validateObjectMeta(meta, true, nameIsDnsSubdomain)).toEqual([])
  })

  it('must have a name, and a namespace where there are some', () => {
    expect(texts(validateObjectMeta({}, true, nameIsDnsSubdomain))).toEqual([
      'metadata.name: Required value: name or generateName is required',
      'metadata.namespace: Required value',
    ])
    expect(texts(validateObjectMeta({ name: 'a', namespace: 'b' }, false, nameIsDnsLabel))).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ])
  })

  it('lets a generateName end in a dash', () => {
    const meta = { generateName: 'a-', name: 'a-bcdfg', namespace: 'b' }
    expect(validateObjectMeta(meta, true, nameIsDnsSubdomain)).toEqual([])
  })

  it('limits annotations to 256 KiB', () => {
    const meta = { name: 'a', annotations: { big: 'x'.repeat(262144) } }
    expect(texts(validateObjectMeta(meta, false, nameIsDnsLabel))).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ])
  })

  it('has one controller', () => {
    const owner = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', name, uid: name, controller: true })
    const meta = { name: 'a', ownerReferences: [owner('x'), owner('y')] }
    expect(texts(validateObjectMeta(meta, false, nameIsDnsLabel))[0]).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for Pod/x and Pod/y',
    )
  })

  it('keeps what may not change', () => {
    const old = { name: 'a', uid: 'u', resourceVersion: '1', deletionTimestamp: 't', finalizers: ['x/a'] }
    const now = { ...old, uid: 'v', finalizers: ['x/a', 'x/b'] }
    expect(texts(validateObjectMetaUpdate(now, old))).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/b"}',
      'metadata.uid: Invalid value: "v": field is immutable',
    ])
    expect(texts(validateObjectMetaUpdate({ name: 'a' }, { name: 'a' }))).toEqual([
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    ])
  })
})
