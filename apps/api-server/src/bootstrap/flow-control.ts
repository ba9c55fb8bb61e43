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
import { formatTime, semanticEqual } from '@kubets/apimachinery'
import { prefixEnd } from '@kubets/storage'
import type { OwnManagers } from '../resources/own-managers.ts'
import { changeOwn, createOwn, deleteOwn } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import type { BootstrapPart } from './part.ts'

type Configuration = FlowSchema | PriorityLevelConfiguration

interface Wanted {
  readonly entry: ResourceEntry
  readonly object: Configuration
  /** Kept as it is whatever somebody writes; a suggested one may be taken over. */
  readonly mandatory: boolean
}

/** Upstream's names for who makes them, and who says whether a schema's level is there. */
const manager = 'api-priority-and-fairness-config-producer-v1'
const conditions = 'api-priority-and-fairness-config-consumer-v1'
const managersOf = ({ kind }: Configuration): OwnManagers =>
  kind === 'FlowSchema' ? { manager, conditions } : { manager }

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
          object.kind === 'FlowSchema' ? { status: { conditions: [dangling(rest, object as FlowSchema, true)] } } : {}
        return [entry, { ...structuredClone(object), ...status } as KubeObject, managersOf(object)]
      }),
    async keep({ rest }) {
      await tellDangling(rest)
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

/** Whether the schema's level is there: what `MissingPL` shows. */
function dangling(rest: Rest, { spec }: FlowSchema, found: boolean) {
  const level = spec?.priorityLevelConfiguration?.name ?? ''
  const text = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`
  return {
    type: 'Dangling',
    status: found ? 'False' : 'True',
    lastTransitionTime: formatTime(rest.clock.now()),
    reason: found ? 'Found' : 'NotFound',
    message: `${text} ${found ? 'and it exists' : 'but there is no such object'}`,
  }
}

/** Says of each schema whether its level is there. */
async function tellDangling(rest: Rest): Promise<void> {
  const group = 'flowcontrol.apiserver.k8s.io'
  const schemas = rest.catalogue.byResource(group, 'v1', 'flowschemas')
  const levels = rest.catalogue.byResource(group, 'v1', 'prioritylevelconfigurations')
  if (schemas === undefined || levels === undefined) return
  const snapshot = rest.cache.snapshot()
  for (const { bytes } of snapshot.range(schemas.storagePrefix, prefixEnd(schemas.storagePrefix))) {
    const schema = rest.codec.decode(schemas, bytes) as FlowSchema
    const level = schema.spec?.priorityLevelConfiguration?.name ?? ''
    const condition = dangling(rest, schema, snapshot.get(keyOf(levels, '', level)) !== undefined)
    if (isTold(schema, condition)) continue
    await changeOwn(rest, schemas, schema.metadata?.name ?? '', ({ object }) => {
      const present = object as FlowSchema
      if (isTold(present, condition)) return undefined
      const others = (present.status?.conditions ?? []).filter(({ type }) => type !== 'Dangling')
      return { ...present, status: { conditions: [...others, condition] } } as unknown as KubeObject
    })
  }
}

const isTold = ({ status }: FlowSchema, wanted: { status: string; reason: string; message: string }) =>
  (status?.conditions ?? []).some(
    ({ type, status, reason, message }) =>
      type === 'Dangling' && status === wanted.status && reason === wanted.reason && message === wanted.message,
  )
