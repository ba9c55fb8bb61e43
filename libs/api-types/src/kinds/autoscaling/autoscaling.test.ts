import { describe, expect, it } from 'vitest'
import { builtinSchemas } from '../../schema/schema.ts'
import { entryUnderTest } from '../../testing/entry-under-test.ts'
import { ObjectGenerator } from '../../testing/object-generator.ts'
import type { KubeObject } from '../../wire.ts'

const v1 = entryUnderTest('autoscaling', 'v1', 'HorizontalPodAutoscaler')
const v2 = entryUnderTest('autoscaling', 'v2', 'HorizontalPodAutoscaler')

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const spec = (more: object = {}) => ({ spec: { scaleTargetRef, maxReplicas: 5, ...more } })
const metrics = (...list: object[]) => spec({ metrics: list })
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

describe('a HorizontalPodAutoscaler', () => {
  it('scales by CPU, unless it says otherwise', () => {
    expect(v2.made({ ...spec(), status: { currentReplicas: 3 } })).toMatchObject({
      spec: { minReplicas: 1, metrics: [cpu(80)] },
      status: { desiredReplicas: 0 },
    })
    expect(v2.errors(spec())).toEqual([])
    expect(v2.made(spec()).metadata).not.toHaveProperty('generation')
  })

  it('fills behaviour where there is any', () => {
    expect(v2.made(spec({ behavior: { scaleDown: { stabilizationWindowSeconds: 5 } } }))).toMatchObject({
      spec: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 15 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: 5,
            selectPolicy: 'Max',
            policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
          },
        },
      },
    })
  })

  const at = 'spec.metrics[0]'
  it.each([
    [
      spec({ minReplicas: 0, metrics: [cpu(50)] }),
      [
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      ],
    ],
    [
      spec({ maxReplicas: 0 }),
      [
        'spec.maxReplicas: Required value: must be set and greater than 0',
        'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
      ],
    ],
    [spec({ minReplicas: 6 }), ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`']],
    [
      spec({ scaleTargetRef: { ...scaleTargetRef, kind: 'a/b' } }),
      ['spec.scaleTargetRef.kind: Invalid value: "a/b": may not contain \'/\''],
    ],
    [
      spec({ scaleTargetRef: { kind: 'Deployment', name: 'web' } }),
      ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group'],
    ],
    [spec({ scaleTargetRef: { kind: 'ReplicationController', name: 'web' } }), []],
    [
      metrics({ type: 'Resource' }),
      [`${at}.resource: Required value: must populate information for the given metric source`],
    ],
    [
      metrics({ ...cpu(50), pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '1' } } }),
      [`${at}.pods: Forbidden: must populate the given metric source only`],
    ],
    [metrics(cpu(0)), [`${at}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0`]],
    [
      metrics({ type: 'Pods', pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '0' } } }),
      [`${at}.pods.target.averageValue: Invalid value: "0": must be positive`],
    ],
    [
      metrics({
        type: 'External',
        external: { metric: { name: 'a' }, target: { type: 'Value', value: '1', averageValue: '1' } },
      }),
      [`${at}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target`],
    ],
    [
      metrics({
        type: 'ContainerResource',
        containerResource: { name: 'x', container: 'c', target: { type: 'Value', averageValue: '1' } },
      }),
      [
        `${at}.containerResource.name: Invalid value: "x": must be a standard resource type or fully qualified`,
        `${at}.containerResource.name: Invalid value: "x": must be a standard resource for containers`,
      ],
    ],
    [
      spec({
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 3601,
            selectPolicy: 'All',
            policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }],
            tolerance: '-1',
          },
        },
      }),
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "All": supported values: "Disabled", "Max", "Min"',
        'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
        'spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
  ])('%j is told about: %j', (object, messages) => {
    expect(v2.errors(object)).toEqual(messages)
  })

  it('may keep a target that was never right', () => {
    const old = spec({ scaleTargetRef: { kind: 'Deployment', name: 'web' } })
    expect(v2.updateErrors(old, { spec: { ...old.spec, maxReplicas: 9 } })).toEqual([])
  })

  it('shows its targets, the first two of them', () => {
    const current = [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 30, averageValue: '3m' } } },
    ]
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    }
    const status = { currentMetrics: current, currentReplicas: 2 }
    expect(v2.cells({ ...spec({ minReplicas: 1, metrics: [cpu(50), memory, cpu(1)] }), status })).toEqual([
      'a',
      'Deployment/web',
      'cpu: 30%/50%, memory: <unknown>/1Gi + 1 more...',
      '1',
      5,
      2,
      '10m',
    ])
    expect(v2.cells({ spec: { ...spec().spec } }).slice(2, 4)).toEqual(['<none>', '<unset>'])
  })
})

describe('autoscaling/v1', () => {
  const annotation = (name: string) => `autoscaling.alpha.kubernetes.io/${name}`
  const toHub = (object: object) => v1.received(object)
  const fromHub = (object: KubeObject) =>
    v1.entry.hub?.fromHub(structuredClone(object)) as KubeObject & Record<string, unknown>

  it('has a field for CPU, and 80 % where it is unset', () => {
    expect(toHub(spec({ targetCPUUtilizationPercentage: 40 }))).toMatchObject({
      spec: { minReplicas: 1, metrics: [cpu(40)] },
    })
    expect(toHub(spec())).toMatchObject({ spec: { metrics: [cpu(80)] } })
    expect(fromHub(v2.made(metrics(cpu(40))))).toMatchObject({
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 40 },
    })
  })

  it('keeps the rest in annotations, written as upstream writes it', () => {
    const requests = {
      type: 'Pods',
      pods: { metric: { name: 'a<b' }, target: { type: 'AverageValue', averageValue: '1500m' } },
    }
    const hub = v2.received({ ...metrics(requests, cpu(40)), metadata: { annotations: { mine: 'x' } } })
    Object.assign(hub.spec as object, {
      behavior: { scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] } },
    })
    const shown = fromHub(hub)
    expect(shown.metadata?.annotations).toEqual({
      mine: 'x',
      [annotation('metrics')]: '[{"type":"Pods","pods":{"metricName":"a\\u003cb","targetAverageValue":"1500m"}}]',
      [annotation('behavior')]:
        '{"ScaleUp":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":null}',
    })
    expect(shown.spec).not.toHaveProperty('metrics')
    expect(toHub(shown)).toMatchObject({ metadata: { annotations: { mine: 'x' } }, spec: hub.spec })
  })

  it.each(['not json', '{}', '[1]', '[{"type":5}]'])('passes over an annotation that says %s', text => {
    const object = { ...spec(), metadata: { annotations: { [annotation('metrics')]: text } } }
    const hub = toHub(object)
    expect(hub).toMatchObject({ spec: { metrics: [cpu(80)] }, metadata: { annotations: {} } })
  })

  it('loses nothing on its way there and back, whatever the object', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const given = new ObjectGenerator(builtinSchemas.message, seed * 17).object(v2.entry.schema) as KubeObject
      const hub = v2.received({ ...consistent(given), metadata: { annotations: { mine: 'x' } } })
      const again = toHub(JSON.parse(builtinSchemas.get(v1.entry.schema).encode(fromHub(hub))))
      const { encode } = builtinSchemas.get(v2.entry.schema)
      expect(JSON.parse(encode(again)), `seed ${seed}`).toEqual(JSON.parse(encode(hub)))
    }
  })
})

/** Random objects hold what fits to no type; v1 tells types by what is held, and has a field of its own for CPU. */
function consistent(object: KubeObject): KubeObject {
  const { spec, status } = object as { spec?: { metrics?: Metric[] }; status?: { currentMetrics?: Metric[] } }
  for (const metric of spec?.metrics ?? []) eachSource(metric, 'target', fitTarget)
  for (const metric of status?.currentMetrics ?? []) eachSource(metric, 'current', fitCurrent)
  return object
}

function eachSource(metric: Metric, part: 'target' | 'current', fit: (name: Source, amounts: Amounts) => void): void {
  for (const name of sources) {
    const source = metric[name]
    if (source === undefined) continue
    source[part] ??= {}
    fit(name, source[part])
    if (part === 'target' && name === 'resource') source.name = 'memory'
  }
}

function fitTarget(name: Source, target: Amounts): void {
  if (name === 'pods') {
    delete target.value
    delete target.averageUtilization
    target.averageValue ??= '1'
    target.type = 'AverageValue'
  } else if (name === 'object' || name === 'external') {
    delete target.averageUtilization
    if (target.averageValue === undefined) target.value ??= '1'
    else delete target.value
    target.type = target.value === undefined ? 'AverageValue' : 'Value'
  } else {
    delete target.value
    target.type = target.averageUtilization === undefined ? 'AverageValue' : 'Utilization'
  }
}

function fitCurrent(name: Source, current: Amounts): void {
  if (name === 'object' || name === 'external') {
    current.value ??= '0'
    delete current.averageUtilization
    return
  }
  delete current.value
  current.averageValue ??= '0'
  if (name === 'pods') delete current.averageUtilization
}

const sources = ['object', 'pods', 'resource', 'containerResource', 'external'] as const
type Source = (typeof sources)[number]

interface Amounts {
  type?: string
  value?: string
  averageValue?: string
  averageUtilization?: number
}

type Metric = { type: string } & {
  [name in (typeof sources)[number]]?: { name?: string; target?: Amounts; current?: Amounts }
}
