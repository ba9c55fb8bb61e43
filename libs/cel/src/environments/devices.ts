import type { Environment } from '../check/environment.ts'
import { anyType } from '../check/types.ts'
import type { EstimateSize } from '../cost/estimate.ts'
import { baseEnvironment } from '../functions/index.ts'
import { declared, declaredMap, declaredStruct, providerOf, sizesOf } from './declared-type.ts'

const bounded = <T extends { maxElements: bigint }>(type: T, most: bigint): T => ({ ...type, maxElements: most })

const domain = bounded(declared.string, 63n)
const id = bounded(declared.string, 32n)
/** Attributes and capacities of one device. */
const most = 32n
const attribute = bounded({ ...declared.dyn, type: anyType }, 64n)
const attributes = declaredMap(domain, declaredMap(id, attribute, most), most)
const capacity = declaredMap(domain, declaredMap(id, declared.quantity, most), most)

const device = declaredStruct('kubernetes.DRADevice', {
  driver: bounded(declared.string, 63n),
  attributes,
  capacity,
  allowMultipleAllocations: bounded(declared.bool, 1n),
})

/** For selectors of devices: `device`, and `cel.bind`. */
export const deviceEnvironment: Environment = baseEnvironment.extend({
  variables: { device: device.type },
  provider: providerOf(device),
  macros: 'with cel.bind',
})

export const deviceSizes: EstimateSize = sizesOf(
  variable => (variable === 'device' ? device : undefined),
  parent => (parent.element === attribute ? attribute : undefined),
)
