import { expect, it } from 'vitest'
import { builtinCatalogue } from '../catalogue/builtin.ts'
import { createOpenApi } from './openapi.ts'
import { openApiV3Protobuf } from './protobuf-v3.ts'

/** With everything that our documents have. */
const document = {
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: '1.36' },
  paths: {
    '/x/{name}': {
      get: {
        tags: ['t'],
        description: 'd',
        operationId: 'readX',
        responses: {
          '200': { description: 'OK', content: { 'application/json': { schema: { $ref: '#/components/schemas/X' } } } },
          '401': { description: 'Unauthorized' },
        },
        'x-kubernetes-action': 'get',
        'x-kubernetes-group-version-kind': { group: '', kind: 'X', version: 'v1' },
      },
      patch: {
        requestBody: { content: { '*/*': { schema: { type: 'string' } } }, required: true },
        parameters: [{ name: 'force', in: 'query', description: 'f', schema: { type: 'boolean', uniqueItems: true } }],
        responses: { '401': { description: 'Unauthorized' } },
      },
      parameters: [
        { name: 'name', in: 'path', description: 'n', required: true, schema: { type: 'string', uniqueItems: true } },
      ],
    },
  },
  components: {
    schemas: {
      X: {
        type: 'object',
        description: 'x',
        required: ['a'],
        properties: {
          a: { type: 'string', default: '', enum: ['*', 'yes', 'one two'] },
          b: { type: 'integer', format: 'int32', default: 8080 },
          c: { type: 'boolean', default: true },
          d: { allOf: [{ $ref: '#/components/schemas/Y' }], default: {} },
          e: {
            type: 'array',
            items: { $ref: '#/components/schemas/Y' },
            'x-kubernetes-list-map-keys': ['k', 'p'],
            'x-kubernetes-list-type': 'map',
          },
          f: { type: 'object', additionalProperties: { type: 'string', default: '' } },
        },
        'x-kubernetes-unions': [{ discriminator: 'type', 'fields-to-discriminateBy': { a: 'A' } }],
        'x-kubernetes-group-version-kind': [{ group: 'g', kind: 'X', version: 'v1' }],
      },
      Y: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    },
    securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer', name: 'authorization', in: 'header' } },
  },
}

/** What upstream's `ToV3ProtoBinary` makes of it. */
const recorded = Buffer.from(
  [
    'CgUzLjAuMBISCgpLdWJlcm5ldGVzMgQxLjM2IukCCuYCCgkveC97bmFtZX0S2AIizwEKAXQaAWQqBXJlYWRYQlwSQQoDMjAwEjoK',
    'OAoCT0saMgowChBhcHBsaWNhdGlvbi9qc29uEhwKGhIYChYjL2NvbXBvbmVudHMvc2NoZW1hcy9YEhcKAzQwMRIQCg4KDFVuYXV0',
    'aG9yaXplZGodChN4LWt1YmVybmV0ZXMtYWN0aW9uEgYSBGdldApqQwofeC1rdWJlcm5ldGVzLWdyb3VwLXZlcnNpb24ta2luZBIg',
    'Eh5ncm91cDogIiIKa2luZDogWAp2ZXJzaW9uOiB2MQpSXzIkCiIKBWZvcmNlEgVxdWVyeRoBZlIPCg2gAQHKAQdib29sZWFuOhwK',
    'GhIWChQKAyovKhINCgsKCcoBBnN0cmluZxgBQhkSFwoDNDAxEhAKDgoMVW5hdXRob3JpemVkaiMKIQoEbmFtZRIEcGF0aBoBbiAB',
    'Ug4KDKABAcoBBnN0cmluZyrqBAqrBAqDBAoBWBL9Awr6A7oBAWHKAQZvYmplY3T6AcMCCjQKAWESLwotwgEGEgQnKicKwgEGEgR5',
    'ZXMKwgEKEghvbmUgdHdvCsoBBnN0cmluZ4oCAhoACiUKAWISIAoeygEHaW50ZWdlcooCCQkAAAAAAJC/QJoCBWludDMyChYKAWMS',
    'EQoPygEHYm9vbGVhbooCAhABCicKAWQSIgog0gEaEhgKFiMvY29tcG9uZW50cy9zY2hlbWFzL1mKAgAKfAoBZRJ3CnXKAQVhcnJh',
    'efIBHAoaEhgKFiMvY29tcG9uZW50cy9zY2hlbWFzL1miAigKGngta3ViZXJuZXRlcy1saXN0LW1hcC1rZXlzEgoSCC0gawotIHAK',
    'ogIgChZ4LWt1YmVybmV0ZXMtbGlzdC10eXBlEgYSBG1hcAoKJQoBZhIgCh7KAQZvYmplY3SCAhIKEAoOygEGc3RyaW5nigICGgCS',
    'AgF4ogJUChN4LWt1YmVybmV0ZXMtdW5pb25zEj0SOy0gZGlzY3JpbWluYXRvcjogdHlwZQogIGZpZWxkcy10by1kaXNjcmltaW5h',
    'dGVCeToKICAgIGE6IEEKogJICh94LWt1YmVybmV0ZXMtZ3JvdXAtdmVyc2lvbi1raW5kEiUSIy0gZ3JvdXA6IGcKICBraW5kOiBY',
    'CiAgdmVyc2lvbjogdjEKCiMKAVkSHgoc2gELCgnKAQZzdHJpbmfaAQsKCcoBBm51bWJlcjo6CjgKC0JlYXJlclRva2VuEikKJwoG',
    'YXBpS2V5EgZCZWFyZXIaDWF1dGhvcml6YXRpb24iBmhlYWRlcg==',
  ].join(''),
  'base64',
)

const atOnce = <T>(steps: Generator<void, T>): T => {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

it('writes a v3 document as upstream does, byte for byte', () => {
  expect(atOnce(openApiV3Protobuf(document)).toString('hex')).toBe(recorded.toString('hex'))
})

it('has every v3 document in protobuf too, with the hash of its text', () => {
  const api = createOpenApi({ catalogue: builtinCatalogue, describe: () => '' })
  for (const path of api.paths) {
    const { bytes, hash } = atOnce(api.v3ProtobufSteps(path))
    expect(bytes.length, path).toBeGreaterThan(100)
    expect(hash, path).toBe(api.v3(path).hash)
  }
})

it('keeps what was made', () => {
  const api = createOpenApi({ catalogue: builtinCatalogue, describe: () => '' })
  const first = atOnce(api.v3ProtobufSteps('version'))
  expect(atOnce(api.v3ProtobufSteps('version'))).toBe(first)
})

it('describes the documents of the issuer where they are served', () => {
  const api = createOpenApi({ catalogue: builtinCatalogue, describe: () => '', issuerDiscovery: true })
  expect(api.paths).toContain('openid/v1/jwks')
  const { paths, definitions } = JSON.parse(api.v2().json)
  expect(paths['/.well-known/openid-configuration/'].get.produces).toEqual(['application/json'])
  expect(paths['/version/'].get.responses['200'].schema).toEqual({
    $ref: '#/definitions/io.k8s.apimachinery.pkg.version.Info',
  })
  expect(definitions['io.k8s.apimachinery.pkg.version.Info'].properties.major).toEqual({ type: 'string' })
  expect(createOpenApi({ catalogue: builtinCatalogue }).paths).not.toContain('openid/v1/jwks')
})
