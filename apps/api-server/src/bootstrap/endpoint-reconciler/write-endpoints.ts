import type { Endpoints, KubeObject, ResourceEntry } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'
import { guaranteedUpdate } from '../../resources/guaranteed-update.ts'
import { fillNewMeta } from '../../resources/object-meta.ts'
import { keyOf, type Rest } from '../../resources/rest.ts'
import { trackOwnWrite } from '../../resources/steps/managed-fields.ts'
import { endpointsObject, serviceName, serviceNamespace, skipMirror, sliceObject } from './addresses.ts'

type Subsets = NonNullable<Endpoints['subsets']>

/**
 * Writes what `change` makes of the present subsets (undefined: there are no Endpoints; it may leave both as they are by returning
 * undefined), and the EndpointSlice that goes with it.
 */
export async function writeEndpoints(
  rest: Rest,
  change: (present: Subsets | undefined) => Subsets | undefined,
): Promise<void> {
  const entry = rest.catalogue.byResource('', 'v1', 'endpoints')
  if (entry === undefined) return
  let subsets: Subsets | undefined
  const nothing = new Error('there are none, and none are wanted')
  try {
    await guaranteedUpdate(rest, entry, {
      key: keyOf(entry, serviceNamespace, serviceName),
      about: { group: '', resource: 'endpoints', name: serviceName },
      dryRun: false,
      change(current) {
        const present = current?.object as (KubeObject & Endpoints) | undefined
        subsets = change(present === undefined ? undefined : (present.subsets ?? []))
        if (present === undefined) {
          if (subsets === undefined) throw nothing
          return { do: 'put', object: made(rest, entry, endpointsObject(subsets)) }
        }
        const labels = present.metadata?.labels
        const marked = labels?.[skipMirror] === 'true'
        if (subsets === undefined) subsets = present.subsets ?? []
        if (marked && semanticEqual(present.subsets ?? [], subsets)) return { do: 'nothing' }
        const metadata = { ...present.metadata, labels: { ...labels, [skipMirror]: 'true' } }
        const object = { ...present, metadata, subsets } as KubeObject
        trackOwnWrite(rest, entry, object, present)
        return { do: 'put', object }
      },
    })
  } catch (error) {
    if (error === nothing) return
    throw error
  }
  if (subsets !== undefined) await writeSlice(rest, subsets)
}

async function writeSlice(rest: Rest, subsets: Subsets): Promise<void> {
  const entry = rest.catalogue.byResource('discovery.k8s.io', 'v1', 'endpointslices')
  if (entry === undefined) return
  const wanted = sliceObject(subsets) as KubeObject & Record<string, unknown>
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, serviceNamespace, serviceName),
    about: { group: 'discovery.k8s.io', resource: 'endpointslices', name: serviceName },
    dryRun: false,
    change(current) {
      if (current === undefined) return { do: 'put', object: made(rest, entry, wanted) }
      const present = current.object as KubeObject & Record<string, unknown>
      // another type of address is another object
      if (present.addressType !== wanted.addressType) return { do: 'put', object: made(rest, entry, wanted) }
      const same =
        semanticEqual(present.endpoints ?? [], wanted.endpoints) &&
        semanticEqual(present.ports ?? [], wanted.ports) &&
        semanticEqual(present.metadata?.labels, wanted.metadata?.labels)
      if (same) return { do: 'nothing' }
      const { endpoints, ports } = wanted
      const changed = { ...present, endpoints, ports, metadata: { ...present.metadata } }
      if (wanted.metadata?.labels !== undefined) changed.metadata.labels = wanted.metadata.labels
      const generation = (present.metadata?.generation ?? 1) + 1
      const object = { ...changed, metadata: { ...changed.metadata, generation } } as KubeObject
      trackOwnWrite(rest, entry, object, present)
      return { do: 'put', object }
    },
  })
}

function made(rest: Rest, entry: ResourceEntry, object: KubeObject): KubeObject {
  const now = rest.clock.now()
  fillNewMeta(object, serviceNamespace, now)
  entry.applyDefaults(object)
  entry.strategy.prepareForCreate(object, { subresource: 'create', now })
  trackOwnWrite(rest, entry, object)
  return object
}
