import { describe, expect, it } from 'vitest'
import { builtinCatalogue } from '../../catalogue/builtin.ts'
import type { StrategyContext } from '../../catalogue/contract.ts'
import type { KubeObject } from '../../wire.ts'

const isHeavy = (group: string, kind: string, object: object, subresource = 'create') =>
  builtinCatalogue
    .byKind(group, 'v1', kind)
    ?.strategy.isHeavy?.(object as KubeObject, { subresource, now: 0 } as StrategyContext)

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const definition = (schema: object) => ({ spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] } })
const properties = (count: number) => ({
  properties: Object.fromEntries(times(count, index => [`p${index}`, { type: 'string' }])),
})
const rules = (count: number) => ({ 'x-kubernetes-validations': times(count, () => ({ rule: 'self.x > self.y' })) })
const policy = (count: number) => ({
  spec: { validations: times(count, () => ({ expression: 'object.x > object.y' })) },
})
const webhooks = (count: number) => ({
  webhooks: times(count, () => ({ matchConditions: [{ name: 'a', expression: 'object.x > object.y' }] })),
})
const device = (expression: string) => ({ spec: { selectors: [{ cel: { expression } }] } })

describe('the validation of', () => {
  it.each([
    ['apiextensions.k8s.io', 'CustomResourceDefinition', definition(properties(100)), definition(properties(500))],
    ['apiextensions.k8s.io', 'CustomResourceDefinition', definition(rules(0)), definition(rules(1))],
    ['admissionregistration.k8s.io', 'ValidatingAdmissionPolicy', policy(0), policy(1)],
    ['admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', webhooks(0), webhooks(1)],
    ['resource.k8s.io', 'DeviceClass', { spec: {} }, device('true')],
    [
      'resource.k8s.io',
      'ResourceClaim',
      { spec: {} },
      { spec: { devices: { requests: [{ exactly: device('true').spec }] } } },
    ],
  ])('%s %s takes long when it is large, or has expressions', (group, kind, small, large) => {
    expect([isHeavy(group, kind, small), isHeavy(group, kind, large)]).toEqual([false, true])
  })

  it("a definition's status does not look at its schemas", () => {
    const large = definition(properties(500))
    expect(isHeavy('apiextensions.k8s.io', 'CustomResourceDefinition', large, 'status')).toBe(false)
  })
})
