import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
const path = '/api/v1/namespaces/default/configmaps'
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }
const post = (body: string | Buffer, headers: Record<string, string> = json, query = '') =>
  api.h2.request('POST', path + query, { body, headers })

const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): '
const parse = `${unrecognized}couldn't get version/kind; json parse error: `
const handled = 'cannot be handled as a ConfigMap: '
const goStruct =
  'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
const scheme = 'in scheme "pkg/runtime/scheme.go:111"'

// the texts are a running kube-apiserver's
describe('a body that is refused', () => {
  it.each<[string, string | Buffer, number, string]>([
    ['nothing', '', 400, `${parse}unexpected end of JSON input (<empty>)`],
    ['half of an object', '{', 400, `${parse}unexpected end of JSON input ({)`],
    ['a list', '[]', 400, `${parse}json: cannot unmarshal array into ${goStruct} (5b5d)`],
    ['a number', '1', 400, `${parse}json: cannot unmarshal number into ${goStruct} (31)`],
    ['null', 'null', 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
    ['trailing text', '{} x', 400, `${parse}invalid character 'x' after top-level value ({} x)`],
    ['a byte order mark', Buffer.from('efbbbf7b7d', 'hex'), 400, `${parse}invalid character`],
    [
      '20,000 lists',
      '['.repeat(20_000),
      400,
      `${parse}invalid character '[' exceeded max depth (${'5b'.repeat(30)} ...)`,
    ],
    [
      '11,000 objects',
      `${'{"a":'.repeat(11_000)}1${'}'.repeat(11_000)}`,
      400,
      `${parse}invalid character '{' exceeded max depth ({"a":{"a":{"a":{"a":{"a":{"a": ...)`,
    ],
    [
      'another kind',
      '{"kind":"Pod","apiVersion":"v1"}',
      400,
      `Pod in version "v1" ${handled}converting (v1.Pod) to (core.ConfigMap): unknown conversion`,
    ],
    [
      'an unknown kind',
      '{"kind":"Foo","apiVersion":"v1"}',
      400,
      `Foo in version "v1" ${handled}no kind "Foo" is registered for version "v1" ${scheme}`,
    ],
    [
      'an unknown version',
      '{"kind":"ConfigMap","apiVersion":"v2"}',
      400,
      `ConfigMap in version "v2" ${handled}no kind "ConfigMap" is registered for version "v2" ${scheme}`,
    ],
    [
      'no version',
      '{"apiVersion":"a/b/c"}',
      400,
      `${unrecognized}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})`,
    ],
    [
      'a kind that is a number',
      '{"kind":1}',
      400,
      `${parse}json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})`,
    ],
    [
      'a wrong type',
      '{"data":{"a":1}}',
      400,
      `ConfigMap in version "v1" ${handled}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
    ],
    [
      'an int64 too far',
      '{"metadata":{"generation":9223372036854775808}}',
      400,
      'json: cannot unmarshal number 9223372036854775808 into Go struct field',
    ],
  ])('%s', async (_what, body, status, message) => {
    const reply = await post(body)
    expect(reply.status).toBe(status)
    expect(reply.json.message).toContain(message)
  })

  it.each(['h1', 'h2'] as const)('more than 3 MiB (%s)', async which => {
    // the client hears of it although it is still sending
    const sent = { body: 'x'.repeat(3 * 1024 * 1024 + 10), headers: json }
    const reply = await api[which].request('POST', path, sent)
    expect([reply.status, reply.json.message]).toEqual([413, 'Request entity too large: limit is 3145728'])
  })

  it.each(['*/*', 'text/plain', 'text/yaml', 'application/cbor'])('of type %s', async type => {
    const reply = await post('{}', { 'content-type': type })
    expect([reply.status, reply.json.message]).toEqual([
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ])
  })

  it('YAML that contains itself', async () => {
    const reply = await post('a: &a [*a]', { 'content-type': 'application/yaml' })
    expect([reply.status, reply.json.message]).toEqual([400, expect.stringContaining(`${unrecognized}yaml: `)])
  })
})

describe('keys that JavaScript knows', () => {
  const keys = { constructor: 'b', '10': 'c', '9': 'd', toString: 'e' }
  const data = JSON.stringify({ ...keys }).replace('{', '{"__proto__":"a",')
  const expected = JSON.parse(data)

  it('stay what they are: created, patched, listed', async () => {
    const labels = JSON.stringify({ constructor: 'x', '10': 'y' })
    const body = `{"metadata":{"name":"keys","labels":${labels},"annotations":${labels}},"data":${data}}`
    const made = await post(body)
    expect([made.status, Object.entries(made.json.data).sort()]).toEqual([201, Object.entries(expected).sort()])
    const patched = await api.h2.request('PATCH', `${path}/keys`, {
      body: '{"data":{"__proto__":"z","constructor":null}}',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    })
    const { json: list } = await api.h2.request('GET', `${path}?labelSelector=constructor%3Dx`)
    for (const object of [patched.json, list.items[0]]) {
      expect(Object.entries(object.data).sort()).toEqual(
        [
          ...Object.entries(expected).filter(([key]) => key !== 'constructor' && key !== '__proto__'),
          ['__proto__', 'z'],
        ].sort(),
      )
      expect(object.metadata.annotations).toEqual({ constructor: 'x', '10': 'y' })
    }
  })

  it('are unknown fields where no map is', async () => {
    const reply = await post(
      '{"metadata":{"name":"unknown"},"constructor":1,"__proto__":{}}',
      json,
      '?fieldValidation=Strict',
    )
    expect(reply.json.message).toContain('unknown field "__proto__"')
    expect(reply.json.message).toContain('unknown field "constructor"')
  })
})

it('halves of characters become U+FFFD, as Go reads them', async () => {
  const reply = await post('{"metadata":{"name":"half"},"data":{"a":"\\ud800","b":"\\ud83d\\ude00"}}')
  expect(reply.json.data).toEqual({ a: '\ufffd', b: '😀' })
})

describe('a patch that is refused', () => {
  beforeAll(async () => {
    await post('{"metadata":{"name":"p"},"data":{"a":"b"}}')
  })
  const merge = 'application/merge-patch+json'
  const strategic = 'application/strategic-merge-patch+json'
  const operations = 'application/json-patch+json'
  it.each<[string, string, number, string]>([
    [merge, '{', 400, 'error decoding patch: unexpected end of JSON input'],
    [strategic, '{', 400, 'unexpected end of JSON input'],
    [merge, 'null', 400, 'Invalid JSON Patch'],
    [strategic, '[]', 400, 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    [
      operations,
      '{}',
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    [
      operations,
      '[1]',
      400,
      'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
    ],
    [
      operations,
      '[{"op":"add","path":"","value":{}}]',
      422,
      'the server rejected our request due to an error in our request',
    ],
    [merge, '{"kind":"Pod"}', 422, 'converting (v1.Pod) to (core.ConfigMap): unknown conversion'],
    [merge, '{"data":1}', 422, '\\"data\\":1,'],
    [strategic, '{"data":{"x":1}}', 422, ' "" is invalid: patch: Invalid value: "map[data:map[x:1]]": '],
    [merge, '{"metadata":{"resourceVersion":"x"}}', 500, 'strconv.ParseUint: parsing "x": invalid syntax'],
    [
      merge,
      '{"metadata":{"namespace":"x"}}',
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['application/json', '{}', 415, '415: Unsupported Media Type'],
  ])('%s %s', async (type, body, status, message) => {
    const reply = await api.h2.request('PATCH', `${path}/p`, { body, headers: { 'content-type': type } })
    expect(reply.status).toBe(status)
    expect(reply.json.message).toContain(message)
  })

  it('that gives no object shows the result as Go encodes it', async () => {
    const headers = { 'content-type': merge }
    const body = '{"data":{"x":"<&>"},"metadata":{"labels":1}}'
    const { json } = await api.h2.request('PATCH', `${path}/p`, { body, headers })
    expect(json.message).toContain('\\"x\\":\\"\\\\u003c\\\\u0026\\\\u003e\\"')
  })

  it.each([
    [strategic, 'null'],
    [strategic, '{"kind":"Pod"}'],
    [operations, 'null'],
    [operations, '[{"op":"replace","path":"/data/new","value":"x"}]'],
  ])('but not %s %s', async (type, body) => {
    const reply = await api.h2.request('PATCH', `${path}/p`, { body, headers: { 'content-type': type } })
    expect([reply.status, reply.json.kind]).toEqual([200, 'ConfigMap'])
  })
})
