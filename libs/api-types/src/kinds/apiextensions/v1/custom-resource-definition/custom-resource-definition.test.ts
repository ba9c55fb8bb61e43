import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import type { JsonSchema } from '../../json-schema.ts'
import type { CustomResourceDefinition, Version } from '../../types.ts'

const kind = entryUnderTest('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')
const version = (more: object = {}): Version => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: 'object' } },
  ...more,
})
const metadata = { name: 'foos.example.com', generation: 3 }
const definition = (versions: Version[] = [version()], more: object = {}): CustomResourceDefinition => ({
  metadata,
  spec: { group: 'example.com', names: { plural: 'foos', kind: 'Foo' }, scope: 'Namespaced', versions, ...more },
})
const withSchema = (schema: JsonSchema) => definition([version({ schema: { openAPIV3Schema: schema } })])
const withProperty = (x: JsonSchema) => withSchema({ type: 'object', properties: { x } })

describe('a definition', () => {
  it('is completed', () => {
    const service = { name: 'a', namespace: 'b' }
    const conversion = { strategy: 'Webhook', webhook: { clientConfig: { service }, conversionReviewVersions: ['v1'] } }
    expect(kind.made(definition([version()], { conversion }))).toMatchObject({
      metadata: { generation: 1 },
      spec: {
        names: { singular: 'foo', listKind: 'FooList' },
        conversion: { webhook: { clientConfig: { service: { port: 443 } } } },
      },
      status: { storedVersions: ['v1'] },
    })
    expect(kind.made(definition())).toMatchObject({ spec: { conversion: { strategy: 'None' } } })
  })

  it('begins without a status', () => {
    const status = { conditions: [], acceptedNames: { plural: 'x', kind: 'y' }, storedVersions: ['v9'] }
    expect(kind.made({ ...definition(), status }).status).toEqual({ storedVersions: ['v1'] })
  })

  it('remembers each version that it was stored in', () => {
    const next = definition([version({ storage: false }), version({ name: 'v2' })])
    expect(kind.updated(definition(), next)[0].status).toEqual({ storedVersions: ['v1', 'v2'] })
    const gone = kind.updateErrors(definition(), definition([version({ name: 'v2' })]))
    expect(gone).toHaveLength(1)
    expect(gone[0]).toContain('status.storedVersions[0]: Invalid value: "v1": missing from spec.versions')
  })

  it.each([
    ['nothing', definition(), 3],
    ['a label', { ...definition(), metadata: { ...metadata, labels: { a: 'b' } } }, 3],
    ['an empty subresource', definition([version({ subresources: { status: {} } })]), 4],
    ['a version', definition([version(), version({ name: 'v2', storage: false })]), 4],
  ])('counts a change of %s', (_, next, generation) => {
    expect(kind.updated(definition(), next)[0].metadata?.generation).toBe(generation)
  })

  it('gets its status, and as upstream its metadata too, from the status endpoint', () => {
    const status = { acceptedNames: { plural: 'foos', kind: 'Foo' }, storedVersions: ['v1'] }
    const next = { ...definition([]), status, metadata: { ...metadata, labels: { a: 'b' } } }
    const [stored] = kind.updated(definition(), next, { subresource: 'status' })
    expect(stored).toMatchObject({ status, spec: { versions: [{ name: 'v1' }] }, metadata: { labels: { a: 'b' } } })
    expect(kind.updated(definition(), { ...definition(), status: { storedVersions: ['v1', 'v0'] } })[0].status).toEqual(
      {
        storedVersions: ['v1'],
      },
    )
  })

  it('checks the accepted names of a status', () => {
    const next = { ...definition(), status: { acceptedNames: { plural: 'A', kind: 'B' } } }
    expect(kind.updateErrors(definition(), next, { subresource: 'status' })[0]).toContain(
      'status.acceptedNames.plural: Invalid value: "A"',
    )
  })

  it('may change its kind until its names are established', () => {
    const next = definition([version()], { names: { plural: 'foos', kind: 'Bar' } })
    expect(kind.updateErrors(definition(), next)).toEqual([])
    const status = { conditions: [{ type: 'Established', status: 'True' }], storedVersions: ['v1'] }
    expect(kind.updateErrors({ ...definition(), status }, next)).toEqual([
      'spec.names.kind: Invalid value: "Bar": field is immutable',
    ])
  })

  it('is shown with its name and when it was made', () => {
    expect(kind.entry.columns.map(({ name }) => name)).toEqual(['Name', 'Created At'])
    expect(kind.cells({})).toEqual(['a', '2024-01-01T00:00:00Z'])
  })
})

describe('an update', () => {
  const list = (more: JsonSchema): JsonSchema => ({ type: 'array', items: { type: 'object' }, ...more })
  const keyed: JsonSchema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['a'],
    items: { type: 'object', properties: { a: { type: 'string' } } },
  }
  const fields = Array.from({ length: 9 }, (_, i) => `f${i}`)
  const conversion = {
    strategy: 'Webhook',
    webhook: { clientConfig: { url: 'https://a' }, conversionReviewVersions: ['v9'] },
  }

  it.each([
    ['a set of objects', withProperty(list({ 'x-kubernetes-list-type': 'set' }))],
    ['keys that may be missing', withProperty(keyed)],
    ['defaults with unknown fields', withProperty({ type: 'object', default: { a: 1 } })],
    ['review versions that nobody knows', definition([version()], { conversion })],
    ['unknown fields that are kept', definition([version()], { preserveUnknownFields: true })],
    [
      'more selectable fields than may be',
      definition([
        version({
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: Object.fromEntries(fields.map(name => [name, { type: 'string' }])),
            },
          },
          selectableFields: fields.map(name => ({ jsonPath: `.${name}` })),
        }),
      ]),
    ],
  ])('need not bring in order: %s', (_, old) => {
    expect(kind.errors(old)).toHaveLength(1)
    expect(kind.updateErrors(old, { ...old, metadata: { ...metadata, labels: { a: 'b' } } })).toEqual([])
    expect(kind.updateErrors(definition(), old)).toEqual(kind.errors(old))
  })

  it('need not make a schema structural where unknown fields are kept anyway', () => {
    const loose = definition([version({ schema: { openAPIV3Schema: { properties: { x: {} } } } })], {
      preserveUnknownFields: true,
    })
    expect(kind.updateErrors(loose, loose)).toEqual([])
    expect(kind.errors(loose).length).toBeGreaterThan(1)
  })

  it('of an established definition brings a readable CA bundle', () => {
    const hook = (caBundle?: string) =>
      definition([version()], {
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url: 'https://a', caBundle }, conversionReviewVersions: ['v1'] },
        },
      })
    const status = { conditions: [{ type: 'Established', status: 'True' }], storedVersions: ['v1'] }
    expect(kind.updateErrors(hook(), hook('YQ=='))).toEqual([])
    expect(kind.updateErrors({ ...hook('YQ=='), status }, hook('YQ=='))).toEqual([])
    expect(kind.updateErrors({ ...hook(), status }, hook('YQ=='))).toHaveLength(1)
  })

  it('warns of formats only where they are new', () => {
    const format = (name: string) => withProperty({ type: 'string', format: name })
    expect(kind.warnings(format('nope'))).toEqual(['unrecognized format "nope"'])
    expect(kind.warnings(format('nope'), format('nope'))).toEqual([])
    expect(kind.warnings(format('date-time'))).toEqual([])
  })
})

it('a deeply nested schema is checked without end of stack', () => {
  let schema: JsonSchema = { type: 'string' }
  for (let i = 0; i < 450; i++) schema = { type: 'object', properties: { a: schema } }
  expect(kind.errors(withSchema(schema))).toEqual([])
})
