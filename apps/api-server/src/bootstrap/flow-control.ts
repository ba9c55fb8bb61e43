import {
  autoUpdateAnnotation,
  type FlowControlObjects,
  type FlowSchema,
  type KubeObject,
  mandatoryFlowControl,
  type PriorityLevelConfiguration,
  type ResourceEntry,
  suggestedFlowControl,
} from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'
import { prefixEnd } from '@kubets/storage'
import { flowControlConditions, type OwnManagers } from '../resources/own-managers.ts'
import { changeOwn, createOwn, deleteOwn } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { withCondition } from '../upkeep/conditions.ts'
import { dangling } from '../upkeep/flow-schemas.ts'
import type { BootstrapPart } from './part.ts'

type Configuration = FlowSchema | PriorityLevelConfiguration

interface Wanted {
  readonly entry: ResourceEntry
  readonly object: Configuration
  /** Kept as it is whatever somebody writes; a suggested one may be taken over. */
  readonly mandatory: boolean
}

/** Upstream's name for who makes them. */
const manager = 'api-priority-and-fairness-config-producer-v1'
const managersOf = ({ kind }: Configuration): OwnManagers =>
  kind === 'FlowSchema' ? { manager, conditions: flowControlConditions } : { manager }

/** Upstream's interval. */
const interval = 60_000

/**
 * The FlowSchemas and PriorityLevelConfigurations that every cluster has. Mandatory ones are kept true; suggested ones are while nobody says
 * otherwise: by the annotation, or by having changed the spec of one without it. Those that we once made and know no more go.
 */
export function flowControl(): BootstrapPart {
  let checkedAt = Number.NEGATIVE_INFINITY
  return {
    objects: ({ rest }) =>
      wantedObjects(rest).map(({ entry, object }) => {
        // their levels are made with them
        const status =
          object.kind === 'FlowSchema'
            ? { status: { conditions: withCondition([], dangling(object as FlowSchema, true), rest.clock.now()) } }
            : {}
        return [entry, { ...structuredClone(object), ...status } as KubeObject, managersOf(object)]
      }),
    async keep({ rest }) {
      const now = rest.clock.now()
      if (now - checkedAt < interval) return
      checkedAt = now
      await ensure(rest, wantedObjects(rest))
    },
  }
}

const wantedObjects = (rest: Rest): Wanted[] => [
  ...objects(rest, suggestedFlowControl, false),
  ...objects(rest, mandatoryFlowControl, true),
]

function objects(rest: Rest, { priorityLevels, flowSchemas }: FlowControlObjects, mandatory: boolean): Wanted[] {
  const of = (resource: string, list: readonly Configuration[]) => {
    const entry = rest.catalogue.byResource('flowcontrol.apiserver.k8s.io', 'v1', resource)
    return entry === undefined ? [] : list.map(object => ({ entry, object, mandatory }))
  }
  return [...of('prioritylevelconfigurations', priorityLevels), ...of('flowschemas', flowSchemas)]
}

/** One round: everything that should be there is, as it should be, and nothing of ours that should not. */
export async function ensure(rest: Rest, wanted: readonly Wanted[]): Promise<void> {
  for (const item of wanted) await ensureOne(rest, item)
  const names = new Set(wanted.map(({ entry, object }) => keyOf(entry, '', object.metadata?.name ?? '')))
  const snapshot = await rest.cache.consistentSnapshot()
  // what refers to the others first
  for (const entry of new Set(wanted.map(({ entry }) => entry).toReversed())) {
    for (const { key, bytes } of snapshot.range(entry.storagePrefix, prefixEnd(entry.storagePrefix))) {
      if (names.has(key)) continue
      const { metadata } = rest.codec.decode(entry, bytes)
      const unwanted = (object: KubeObject) => autoUpdate(object) === true
      if (metadata?.name && unwanted({ metadata })) await deleteOwn(rest, entry, metadata.name, unwanted)
    }
  }
}

async function ensureOne(rest: Rest, item: Wanted): Promise<void> {
  const { entry, object } = item
  const name = object.metadata?.name ?? ''
  const { kv } = await rest.store.get(keyOf(entry, '', name))
  if (kv === undefined) {
    await createOwn(rest, entry, structuredClone(object) as KubeObject, { manager })
    return
  }
  await changeOwn(rest, entry, name, ({ object: current }) => revised(item, current as Configuration) as KubeObject)
}

/** What the annotation says; undefined when it says nothing that Go's ParseBool would understand. */
function autoUpdate({ metadata }: KubeObject): boolean | undefined {
  const text = metadata?.annotations?.[autoUpdateAnnotation] ?? ''
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined
}

/** What is to be stored instead of the present object; undefined: it may stay. */
export function revised({ object, mandatory }: Wanted, current: Configuration): Configuration | undefined {
  // never changed by anybody, so nobody minds
  const ours = mandatory || (autoUpdate(current as KubeObject) ?? current.metadata?.generation === 1)
  const annotated = autoUpdate(current as KubeObject) === ours
  const specChanged = ours && !sameSpec(object, current)
  if (annotated && !specChanged) return undefined
  const generation = (current.metadata?.generation ?? 0) + (specChanged ? 1 : 0)
  const annotations = annotated
    ? current.metadata?.annotations
    : { ...current.metadata?.annotations, [autoUpdateAnnotation]: String(ours) }
  return {
    ...current,
    metadata: { ...current.metadata, generation, ...(annotations === undefined ? {} : { annotations }) },
    ...(specChanged ? { spec: structuredClone(object.spec) } : {}),
  } as Configuration
}

/** The seats of the exempt level are the administrator's to set. */
function sameSpec(wanted: Configuration, { spec }: Configuration): boolean {
  const exempt = wanted.metadata?.name === 'exempt' && wanted.kind === 'PriorityLevelConfiguration'
  if (!exempt) return semanticEqual(wanted.spec, spec)
  const seats = (spec as PriorityLevelConfiguration['spec'])?.exempt
  return seats !== undefined && semanticEqual({ ...wanted.spec, exempt: seats }, spec)
}
