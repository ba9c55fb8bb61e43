import {
  compare,
  createdFieldsText,
  decodeFieldsV1,
  encodeFieldsV1,
  type ManagedKind,
  showSet,
  stripMeta,
  TypeMismatch,
  trackUpdate,
} from '@kubets/apimachinery'
import { describe, expect, test } from 'vitest'
import { builtinCatalogue } from '../catalogue/builtin.ts'
import { ObjectGenerator } from '../testing/object-generator.ts'
import { builtinSchemas } from './schema.ts'

const kindOf = (schema: string): ManagedKind => ({
  view: () => builtinSchemas.get(schema).type,
  convert: object => object,
  filter: set => set,
})

const created = (schema: string, object: object) => {
  const [entry] =
    trackUpdate({
      kind: kindOf(schema),
      apiVersion: 'v1',
      live: {},
      object,
      liveManaged: undefined,
      sentManaged: undefined,
      manager: 'kubectl-create',
      subresource: '',
      now: '2026-01-01T00:00:00Z',
    }) ?? []
  return entry
}

describe('the fields that a creator has', () => {
  test('are those that upstream records for a pod', () => {
    const entry = created('io.k8s.api.core.v1.Pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', labels: { run: 'web' }, creationTimestamp: null },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx',
            imagePullPolicy: 'Always',
            resources: {},
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
      status: {},
    })
    expect(entry).toMatchObject({
      manager: 'kubectl-create',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
    })
    expect(JSON.stringify(entry?.fieldsV1)).toBe(
      '{"f:metadata":{"f:labels":{".":{},"f:run":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"web\\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{},"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"f:terminationGracePeriodSeconds":{}}}',
    )
  })

  test('do not depend on how a value is written', () => {
    const quantities = (cpu: string) =>
      created('io.k8s.api.core.v1.Pod', { spec: { containers: [{ name: 'a', resources: { limits: { cpu } } }] } })
    expect(JSON.stringify(quantities('1000m'))).toBe(JSON.stringify(quantities('1')))
    // what Go would not write is not there
    expect(created('io.k8s.api.core.v1.ConfigMap', { data: {}, immutable: null })).toBeUndefined()
  })

  test('come with the lists of the metadata', () => {
    const entry = created('io.k8s.api.core.v1.ConfigMap', {
      metadata: {
        finalizers: ['b', 'a'],
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }],
        managedFields: [],
      },
      data: { '10': 'x', __proto__x: 'y', constructor: 'z' },
    })
    expect(showSet(decodeFieldsV1(entry?.fieldsV1).set).split('\n').sort()).toEqual([
      '.data',
      '.data.10',
      '.data.__proto__x',
      '.data.constructor',
      '.metadata.finalizers',
      '.metadata.finalizers[="a"]',
      '.metadata.finalizers[="b"]',
      '.metadata.ownerReferences',
      '.metadata.ownerReferences[uid="u"]',
    ])
  })
})

/** A text, or that there is none since list items cannot be told apart. */
function textOf(make: () => string): string {
  try {
    return make()
  } catch (error) {
    if (error instanceof TypeMismatch) return 'no text'
    throw error
  }
}

test('the short way to a creator’s fields gives what the long way gives, for objects of every kind', () => {
  const names = [...new Set(builtinCatalogue.entries.map(({ schema }) => schema))]
  const ignored = new Set(['status'])
  for (const [seed, name] of names.entries()) {
    const { type } = builtinSchemas.get(name)
    const generator = new ObjectGenerator(builtinSchemas.message, seed)
    for (let i = 0; i < 10; i++) {
      const object = { kind: 'X', apiVersion: 'v1', ...generator.object(name) }
      const long = () => encodeFieldsV1(stripMeta(compare(type, {}, object, 'typed', ignored).changed)).value.text
      const short = () => createdFieldsText(type, object, ignored)
      expect(textOf(short), `${name} ${i}`).toBe(textOf(long))
    }
    expect(createdFieldsText(type, {}, new Set()), name).toBe('{}')
  }
})
