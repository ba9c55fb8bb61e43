import { expect, it } from 'vitest'
import { builtinCatalogue } from '../../../catalogue/builtin.ts'
import { cel } from './library.ts'

const strategyOf = (group: string, kind: string) => builtinCatalogue.byKind(group, 'v1', kind)?.strategy
const ready = async (group: string, kind: string, object: object) => strategyOf(group, kind)?.ready?.(object)

it('CEL is loaded by the first object with an expression, not by the catalogue or by other objects', async () => {
  await ready('resource.k8s.io', 'DeviceClass', { spec: {} })
  await ready('resource.k8s.io', 'ResourceClaim', { spec: { devices: { requests: [{ name: 'a' }] } } })
  await ready('admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', { webhooks: [{ name: 'a' }] })
  await ready('apiextensions.k8s.io', 'CustomResourceDefinition', {
    spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object' } } }] },
  })
  expect(() => cel()).toThrow('CEL was not loaded')

  await ready('resource.k8s.io', 'DeviceClass', { spec: { selectors: [{ cel: { expression: 'true' } }] } })
  expect(cel().perCallLimit).toBe(1_000_000)
})
