import type { Service } from '@kubets/api-types'
import { Quantity } from '@kubets/apimachinery'
import { type Evaluator, inNoScope } from '../evaluator.ts'
import { objectCountName } from './object-count.ts'

/** What counts of a Service. */
export interface ChargedService {
  readonly type: string
  readonly nodePorts: number
}

export function chargedService({ spec }: Service): ChargedService {
  const type = spec?.type ?? ''
  const ports = spec?.ports ?? []
  // node ports may not be allocated yet: the intent counts
  const explicit = type === 'LoadBalancer' && spec?.allocateLoadBalancerNodePorts === false
  const nodePorts =
    type !== 'NodePort' && type !== 'LoadBalancer'
      ? 0
      : explicit
        ? ports.filter(port => (port.nodePort ?? 0) !== 0).length
        : ports.length
  return { type, nodePorts }
}

const countName = objectCountName('', 'services')
const names = [countName, 'services', 'services.nodeports', 'services.loadbalancers']

export const serviceEvaluator: Evaluator<ChargedService> = {
  group: '',
  resource: 'services',
  matchingResources: asked => names.filter(name => asked.includes(name)).sort(),
  matchesScope: inNoScope,
  usage: ({ type, nodePorts }) =>
    new Map([
      [countName, Quantity.of(1)],
      ['services', Quantity.of(1)],
      ['services.loadbalancers', Quantity.of(type === 'LoadBalancer' ? 1 : 0)],
      ['services.nodeports', Quantity.of(nodePorts)],
    ]),
}
