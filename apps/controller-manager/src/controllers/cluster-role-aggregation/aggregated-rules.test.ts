import { expect, test } from 'vitest'
import { type AggregatedRole, aggregatedRules } from './aggregated-rules.ts'

const rule = (resource: string) => ({ verbs: ['get'], apiGroups: [''], resources: [resource] })
const role = (name: string, labels: string[], resources: string[]): AggregatedRole => ({
  name,
  labels: Object.fromEntries(labels.map(label => [label, 'true'])),
  rules: resources.map(rule),
  selectors: undefined,
})
const gathering = (name: string, labels: string[], ...selected: string[]): AggregatedRole => ({
  ...role(name, labels, []),
  selectors: selected.map(label => ({ matchLabels: { [label]: 'true' } })),
})

test('rules come by selector and then by name, each once, and never from itself', () => {
  const admin = { ...gathering('admin', ['a'], 'b', 'a'), rules: [rule('own')] }
  const all = [role('z', ['a'], ['pods', 'nodes']), role('c', ['a'], ['nodes']), role('d', ['b'], ['secrets']), admin]
  expect(aggregatedRules(admin, all)).toEqual(['secrets', 'nodes', 'pods'].map(rule))
})

test('a selector that matches nothing gathers nothing', () => {
  expect(aggregatedRules(gathering('view', [], 'a'), [role('x', ['b'], ['pods'])])).toEqual([])
})
