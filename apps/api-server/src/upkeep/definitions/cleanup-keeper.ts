import { type CustomResourceDefinition, cleanupFinalizer, type KubeObject, type ResourceEntry } from '@kubets/api-types'
import { sleep } from '@kubets/component'
import { cachedObject } from '../../resources/cached-object.ts'
import { guaranteedUpdate } from '../../resources/guaranteed-update.ts'
import { keyOf, type Rest } from '../../resources/rest.ts'
import { trackOwnWrite } from '../../resources/steps/managed-fields.ts'
import { isTrue, type Said, withCondition } from '../conditions.ts'
import type { Keeper } from '../keeper.ts'
import { writeStatus } from '../write-status.ts'
import { told } from './conditions.ts'
import { countInstances, deleteInstances } from './instances.ts'

/** How long the cleanup waits for instances that finalizers hold, and between two looks at them, ms. */
const patience = 60_000
const look = 5_000

/** A definition that is being deleted goes when its custom resources are gone. */
export function definitionCleanupKeeper(rest: Rest, entry: ResourceEntry): Keeper {
  return {
    name: 'custom-resource-cleanup',
    concurrency: 5,
    follows: [{ kind: entry, keys: ({ type, name }) => (type === 'DELETED' ? [] : [name]) }],
    async reconcile(name, { signal }) {
      if (!mayAwaitCleanup(rest, entry, name)) return undefined
      const found = cachedObject(rest, entry, '', name) as CustomResourceDefinition | undefined
      if (found === undefined || !awaitsCleanup(found)) return undefined
      const now = rest.clock.now()
      const begun = await writeStatus<CustomResourceDefinition>(rest, entry, name, definition =>
        awaitsCleanup(definition) ? told(definition, inProgress, now) : undefined,
      )
      if (!begun) return undefined
      const end = await cleanUp(rest, found, signal)
      if (end.said.status === 'True') {
        await writeStatus<CustomResourceDefinition>(rest, entry, name, definition => told(definition, end.said, now))
        throw new Error(end.said.message)
      }
      await release(rest, entry, name, end.said)
      return undefined
    },
  }
}

/** Large definitions change often while nobody deletes them: they are read only where the text says that it may be. */
function mayAwaitCleanup(rest: Rest, entry: ResourceEntry, name: string): boolean {
  const bytes = rest.cache.get(keyOf(entry, '', name))?.bytes
  if (bytes === undefined) return false
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"deletionTimestamp":')
}

function awaitsCleanup({ metadata }: CustomResourceDefinition): boolean {
  return !!metadata?.deletionTimestamp && (metadata.finalizers ?? []).includes(cleanupFinalizer)
}

const terminating = (status: 'True' | 'False', reason: string, message: string): Said => ({
  type: 'Terminating',
  status,
  reason,
  message,
})

const inProgress = terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress')

/** What became of the instances; `True`: some are still there. */
async function cleanUp(
  rest: Rest,
  { spec, status }: CustomResourceDefinition,
  signal: AbortSignal,
): Promise<{ said: Said }> {
  const { group = '', names: { plural = '' } = {} } = spec ?? {}
  if (rest.catalogue.entries.some(builtIn => builtIn.group === group && builtIn.resource === plural))
    return {
      said: terminating('False', 'OverlappingBuiltInResource', 'instances overlap with built-in resources in storage'),
    }
  if (!isTrue(status?.conditions, 'Established'))
    return { said: terminating('False', 'NeverEstablished', 'resource was never established') }
  await deleteInstances(rest, group, plural)
  const until = rest.clock.now() + patience
  while ((await countInstances(rest, group, plural)) > 0) {
    if (signal.aborted || rest.clock.now() >= until)
      return {
        said: terminating(
          'True',
          'InstanceDeletionCheck',
          'could not confirm zero CustomResources remaining: context deadline exceeded',
        ),
      }
    await sleep(look, signal, rest.clock)
  }
  return { said: terminating('False', 'InstanceDeletionCompleted', 'removed all instances') }
}

/** Takes the finalizer away; without another one the definition goes with it. */
async function release(rest: Rest, entry: ResourceEntry, name: string, said: Said): Promise<void> {
  const gone = new Error('not there')
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, '', name),
    about: { group: entry.group, resource: entry.resource, name },
    dryRun: false,
    change(current) {
      if (current === undefined || !awaitsCleanup(current.object)) throw gone
      const definition = current.object as CustomResourceDefinition
      const finalizers = (definition.metadata?.finalizers ?? []).filter(one => one !== cleanupFinalizer)
      const conditions = withCondition(definition.status?.conditions, said, rest.clock.now())
      const { finalizers: _, ...metadata } = definition.metadata ?? {}
      const object = {
        ...definition,
        metadata: { ...metadata, ...(finalizers.length === 0 ? {} : { finalizers }) },
        status: { ...definition.status, conditions },
      } as unknown as KubeObject
      trackOwnWrite(rest, entry, object, definition, 'status')
      return finalizers.length === 0 ? { do: 'delete', first: object } : { do: 'put', object }
    },
  }).catch(error => {
    if (error !== gone) throw error
  })
}
