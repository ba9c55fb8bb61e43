import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

const of = (kind: string) => entryUnderTest('resource.k8s.io', 'v1', kind)

describe('a DeviceClass', () => {
  const kind = of('DeviceClass')

  it.each([
    [{}, []],
    [{ selectors: [{}] }, ['spec.selectors[0].cel: Required value']],
    [
      { selectors: [{ cel: { expression: 'x'.repeat(10241) } }] },
      ['spec.selectors[0].cel.expression: Too long: may not be more than 10240 bytes'],
    ],
    [
      { selectors: Array.from({ length: 33 }, () => ({ cel: { expression: 'true' } })) },
      ['spec.selectors: Too many: 33: must have at most 32 items'],
    ],
    [{ config: [{}] }, ['spec.config[0].opaque: Required value']],
    [
      { config: [{ opaque: { driver: '', parameters: [1] } }] },
      [
        'spec.config[0].opaque.driver: Required value',
        'spec.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      ],
    ],
    [
      { config: [{ opaque: { driver: 'd', parameters: { a: 'x'.repeat(10240) } } }] },
      ['spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes'],
    ],
    [
      { extendedResourceName: 'cpu' },
      ['spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name'],
    ],
    [{ extendedResourceName: 'example.com/gpu' }, []],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  it('counts changes, and keeps long parameters', () => {
    expect(kind.made({ spec: {} }).metadata?.generation).toBe(1)
    const spec = { config: [{ opaque: { driver: 'd', parameters: { a: 'x'.repeat(10240) } } }] }
    const metadata = { generation: 1 }
    expect(kind.updateErrors({ metadata, spec }, { metadata, spec })).toEqual([])
    expect(kind.updated({ metadata, spec: {} }, { metadata, spec })[0].metadata?.generation).toBe(2)
  })
})

describe('a ResourceSlice', () => {
  const kind = of('ResourceSlice')
  const base = { driver: 'd', nodeName: 'n', pool: { name: 'p', resourceSliceCount: 1, generation: 0 } }
  const device = (more: object) => ({ ...base, devices: [{ name: 'x', ...more }] })
  const one = 'spec.devices[0]'

  it.each([
    [
      device({
        attributes: { a: { int: 1 }, 'example.com/b': { version: '1.2.3' } },
        capacity: { m: { value: '1Gi' } },
      }),
      [],
    ],
    [
      { ...base, nodeName: undefined },
      [
        'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
      ],
    ],
    [
      { ...base, allNodes: true },
      [
        'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [{ ...base, allNodes: false }, ['spec.allNodes: Invalid value: false: must be either unset or set to true']],
    [
      { ...base, pool: { name: 'a/B', resourceSliceCount: 0, generation: -1 } },
      [
        expect.stringContaining('spec.pool.name: Invalid value: "B": a lowercase RFC 1123 subdomain'),
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
      ],
    ],
    [
      { ...base, devices: Array.from({ length: 129 }, (_, i) => ({ name: `d${i}` })) },
      ['spec.devices: Too many: 129: must have at most 128 items'],
    ],
    [
      {
        ...base,
        devices: Array.from({ length: 65 }, (_, i) => ({ name: `d${i}`, taints: [{ key: 'k', effect: 'None' }] })),
      },
      ['spec.devices: Too many: 65: must have at most 64 items'],
    ],
    [device({ name: 'X_' }), [expect.stringContaining(`${one}.name: Invalid value: "X_": a lowercase RFC 1123 label`)]],
    [
      device({ attributes: { 'a-b': {}, '/x': { int: 1, bool: true } } }),
      [
        expect.stringContaining(`${one}.attributes: Invalid value: "a-b": a valid C identifier must start with`),
        `${one}.attributes[a-b]: Invalid value: "": exactly one value must be specified`,
        `${one}.attributes: Invalid value: "": the domain must not be empty`,
        `${one}.attributes[/x]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified`,
      ],
    ],
    [
      device({ attributes: { v: { version: '1.2' }, s: { string: 'x'.repeat(65) } } }),
      [
        `${one}.attributes[v].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0`,
        `${one}.attributes[s].string: Too long: may not be more than 64 bytes`,
      ],
    ],
    [
      device({ taints: [{ key: '', effect: 'X' }] }),
      [
        `${one}.taints[0].key: Invalid value: "": name part must be non-empty`,
        expect.stringContaining(`${one}.taints[0].key: Invalid value: "": name part must consist of`),
        `${one}.taints[0].effect: Unsupported value: "X": supported values: "NoExecute", "NoSchedule", "None"`,
      ],
    ],
    [
      device({ nodeName: 'm' }),
      [
        `${one}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
      ],
    ],
    [
      { ...device({}), nodeName: undefined, perDeviceNodeSelection: true },
      [
        `${one}: Required value: exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
      ],
    ],
    [
      device({ consumesCounters: [{ counterSet: '', counters: {} }] }),
      [`${one}.consumesCounters[0].counterSet: Required value`, `${one}.consumesCounters[0].counters: Required value`],
    ],
    [
      { ...base, devices: [], sharedCounters: [{ name: 'c', counters: { m: { value: '1' } } }] },
      ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
    ],
    [
      device({ capacity: { m: { value: '4', requestPolicy: { default: '1', validValues: ['1'] } } } }),
      [`${one}.capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true`],
    ],
  ])('%# is told what is wrong', (spec, messages) => {
    expect(kind.errors({ spec })).toEqual(messages)
  })

  const policy = `${one}.capacity[m].requestPolicy`
  it.each([
    [{ default: '1', validValues: ['1', '2'] }, []],
    [
      { default: '3', validValues: ['2', '1', '5'] },
      [
        `${policy}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
        `${policy}.validValues[2]: Invalid value: "5": option is larger than capacity value: 4`,
        `${policy}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`,
      ],
    ],
    [{ validRange: { min: '1' } }, [`${policy}.default: Required value: required when validRange is defined`]],
    [
      { default: '2', validRange: { min: '1', max: '4', step: '2' } },
      [
        `${policy}.validRange.step: Invalid value: "2": value is not a multiple of a given step (2) from (1)`,
        `${policy}.validRange.step: Invalid value: "4": value is not a multiple of a given step (2) from (1)`,
      ],
    ],
    [
      { default: '5', validRange: { min: '1', max: '3' } },
      [`${policy}.validRange.max: Invalid value: "5": default is more than max: 3`],
    ],
    [
      { default: '1', validValues: ['1'], validRange: { min: '1' } },
      [
        `${policy}: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time`,
      ],
    ],
  ])('shares a capacity by rules, %#', (requestPolicy, messages) => {
    const shared = device({ allowMultipleAllocations: true, capacity: { m: { value: '4', requestPolicy } } })
    expect(kind.errors({ spec: shared })).toEqual(messages)
  })

  it('has no fields of gates that are off, and its taints have a time', () => {
    const made = kind.made({
      spec: device({
        attributes: { a: { ints: [1] }, b: { int: 1 } },
        nodeAllocatableResourceMappings: { cpu: {} },
        taints: [{ key: 'k', effect: 'None' }],
      }),
    })
    expect(made.spec).toMatchObject({ devices: [{ name: 'x', attributes: { a: {}, b: { int: 1 } } }] })
    expect(JSON.stringify(made)).not.toContain('nodeAllocatableResourceMappings')
    expect(JSON.stringify(made)).toMatch(/"timeAdded":"\d{4}-/)
  })

  it('stays with its driver, pool and node, and counts changes', () => {
    const metadata = { generation: 1 }
    const other = { driver: 'e', nodeName: 'm', pool: { ...base.pool, name: 'q' } }
    expect(kind.updateErrors({ spec: base }, { spec: other })).toEqual([
      'spec.pool.name: Invalid value: "q": field is immutable',
      'spec.driver: Invalid value: "e": field is immutable',
      'spec.nodeName: Invalid value: "m": field is immutable',
    ])
    expect(kind.updated({ metadata, spec: base }, { metadata, spec: device({}) })[0].metadata?.generation).toBe(2)
  })

  it('is found and printed by node and driver, which is written small', () => {
    expect(kind.entry.selectableFields({ spec: base } as never)).toEqual({
      'metadata.name': '',
      'spec.nodeName': 'n',
      'spec.driver': 'd',
    })
    expect(kind.cells({ spec: base })).toEqual(['a', 'n', 'd', 'p', '10m'])
    expect(kind.entry.strategy.warnings?.({ spec: { ...base, driver: 'D' } } as never, undefined)).toEqual([
      'spec.driver: driver names should be lowercase; "D" contains uppercase characters',
    ])
  })
})
