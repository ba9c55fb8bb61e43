import { builtinCatalogue, builtinSchemas } from '@kubets/api-types'
import { describe, expect, it } from 'vitest'
import { createCodec } from './codec.ts'

const codec = createCodec(builtinSchemas)
const entry = builtinCatalogue.byResource('', 'v1', 'pods') as never

const managers = [
  {
    manager: 'kü"be\\ctl',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:containers': { 'k:{"name":"a}]"}': { '.': {}, 'f:image': {} } } } },
  },
  {
    manager: 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: {},
    subresource: 'status',
  },
]
const plain = (object: unknown) => JSON.parse(JSON.stringify(object))

describe('reading an object for a write', () => {
  it.each([
    ['with managers', { name: 'a', managedFields: managers }],
    ['with one', { name: 'a', labels: { x: '}]{["' }, managedFields: managers.slice(1) }],
    ['without', { name: 'a' }],
    [
      'whose annotations look like them',
      { name: 'a', annotations: { x: ',"managedFields":[' }, managedFields: managers },
    ],
    ['without members beside them', { managedFields: managers }],
  ])('gives what reading it gives: %s', (_, metadata) => {
    const bytes = codec.encode(entry, { metadata, spec: { containers: [] } } as never)
    const read = codec.decodeForWrite(entry, bytes)
    expect(plain(read)).toEqual(plain(codec.decode(entry, bytes)))
    expect(String(codec.encode(entry, read))).toBe(String(codec.encode(entry, codec.decode(entry, bytes))))
  })

  it('leaves the managers of a template alone', () => {
    const text =
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":{"template":{"metadata":{"name":"b","managedFields":[{"manager":"x","fieldsV1":{}}]}},"containers":[]}}'
    expect(plain(codec.decodeForWrite(entry, Buffer.from(text)))).toEqual(plain(codec.decode(entry, Buffer.from(text))))
  })
})
