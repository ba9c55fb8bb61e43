import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

async function problems(resource: string, body: string, type = 'application/json') {
  const path = `/api/v1/namespaces/default/${resource}?dryRun=All&fieldValidation=`
  const headers = { 'content-type': type }
  const strict = await api.h2.request('POST', `${path}Strict`, { body, headers })
  const warned = await api.h1.request('POST', `${path}Warn`, { body, headers })
  return {
    strict: String(strict.json.message).replace(/^.*strict decoding error: /s, ''),
    warned: [...String(warned.headers.warning).matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
      JSON.parse(`"${text}"`),
    ),
    data: warned.json.data,
  }
}

// as kube-apiserver 1.36.1 answered
describe('strict problems', () => {
  it('are told in the order of the text, each once', async () => {
    const text =
      '{"unk2":1,"metadata":{"name":"a","name":"b","zz":1,"labels":{"x":"1","x":"2"}},"unk1":2,' +
      '"data":{"a":"b","a":"c"},"data":{"q":"r"},"unk1":3}'
    const found = await problems('configmaps', text)
    expect(found.strict).toBe(
      'unknown field "unk2", duplicate field "metadata.name", unknown field "metadata.zz", ' +
        'duplicate field "metadata.labels.x", unknown field "unk1", duplicate field "data.a", duplicate field "data"',
    )
    expect(found.warned).toEqual(found.strict.split(', '))
    // what stands twice is put together
    expect(found.data).toEqual({ a: 'c', q: 'r' })
  })

  it('go by lists and their items', async () => {
    const text =
      '{"metadata":{"name":"p"},"spec":{"zz":1,"containers":[{"name":"a","image":"x","name":"b","yy":1,' +
      '"ports":[{"containerPort":1,"qq":1,"containerPort":2}]},{"uu":1,"name":"c","image":"x"}],"aa":1},"bb":2}'
    expect((await problems('pods', text)).strict).toBe(
      'unknown field "spec.zz", duplicate field "spec.containers[0].name", unknown field "spec.containers[0].yy", ' +
        'unknown field "spec.containers[0].ports[0].qq", duplicate field "spec.containers[0].ports[0].containerPort", ' +
        'unknown field "spec.containers[1].uu", unknown field "spec.aa", unknown field "bb"',
    )
  })

  it('do not look into what is unknown', async () => {
    const text =
      '{"metadata":{"zz":{"a":1,"a":2},"name":"b"},"binaryData":{"k":"eA==","k":"eA=="}, "zz":[{"a":1,"a":2}]}'
    expect((await problems('configmaps', text)).strict).toBe(
      'unknown field "metadata.zz", duplicate field "binaryData.k", unknown field "zz"',
    )
  })

  it('of YAML are keys by their lines, then fields by their names', async () => {
    const text = 'unk2: 1\nmetadata:\n  name: a\n  name: b\n  zz: 1\nunk1: 2\ndata: {a: b, a: c}\ndata: {q: r}\n'
    const found = await problems('configmaps', text, 'application/yaml')
    expect(found.strict).toBe(
      'yaml: unmarshal errors:\n  line 4: key "name" already set in map\n  line 7: key "a" already set in map\n' +
        '  line 8: key "data" already set in map, unknown field "metadata.zz", unknown field "unk1", unknown field "unk2"',
    )
    expect(found.warned).toEqual([
      'line 4: key "name" already set in map',
      'line 7: key "a" already set in map',
      'line 8: key "data" already set in map',
      'unknown field "metadata.zz"',
      'unknown field "unk1"',
      'unknown field "unk2"',
    ])
    expect(found.data).toEqual({ q: 'r' })
  })

  it('are a hundred at most', async () => {
    const text = `{${Array.from({ length: 300 }, (_, i) => `"unknown${i}":1`).join(',')},"data":{},"data":{}}`
    const { strict } = await problems('configmaps', text)
    expect(strict.split(', ')).toHaveLength(100)
    expect(strict).toContain('"unknown99"')
  })
})
