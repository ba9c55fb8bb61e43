import type { Namespace } from '@kubets/api-types'
import { isConflict, isNotFound } from '@kubets/apimachinery'
import { type Outcome, resources } from '@kubets/client'
import type { ControllerContext } from '../../context.ts'
import { conditionsAfter } from './conditions.ts'
import { deleteContent } from './delete-content.ts'

/** What we put into `spec.finalizers` of every namespace, and take away when it is empty. */
const finalizer = 'kubernetes'

/** Brings a namespace that is being deleted one step nearer to its end. */
export async function reconcile(context: ControllerContext, name: string, signal: AbortSignal): Promise<Outcome> {
  const { client, clock, logger } = context
  let namespace = await orNothing(client.get<Namespace>(resources.namespaces, { name }, { signal }))
  if (namespace === undefined || !namespace.metadata?.deletionTimestamp) return undefined
  namespace = await orNothing(
    untilNoConflict(context, namespace, signal, async current => {
      if (!current.metadata?.deletionTimestamp || current.status?.phase === 'Terminating') return current
      const terminating = { ...current, status: { ...current.status, phase: 'Terminating' } }
      return client.update(resources.namespaces, terminating, { subresource: 'status', signal })
    }),
  )
  if (namespace === undefined || !namespace.metadata?.deletionTimestamp) return undefined
  if ((namespace.spec?.finalizers ?? []).length === 0) return undefined

  const discovered = await context.resources.refresh(signal)
  const { report, estimate, errors } = await deleteContent({
    client,
    discovered,
    namespace: name,
    deletedAt: Date.parse(namespace.metadata.deletionTimestamp),
    now: clock.now(),
    signal,
  })
  const conditions = conditionsAfter(namespace.status?.conditions ?? [], report, clock.now())
  if (conditions !== undefined) {
    const written = { ...namespace, status: { ...namespace.status, conditions } }
    try {
      namespace = await client.update(resources.namespaces, written, { subresource: 'status', signal })
    } catch (err) {
      logger.warn({ err, namespace: name }, 'The conditions of a namespace were not written')
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, errors.map(error => error.message).join(', '))
  if (estimate > 0) return { requeueAfter: (Math.floor(estimate / 2) + 1) * 1_000 }

  await orNothing(
    untilNoConflict(context, namespace, signal, current => {
      const finalizers = (current.spec?.finalizers ?? []).filter(other => other !== finalizer).sort()
      const finalized = { ...current, spec: { ...current.spec, finalizers } }
      return client.update<Namespace>(resources.namespaces, finalized, { subresource: 'finalize', signal })
    }),
  )
  return undefined
}

/** Somebody else wrote in between: again, on what is there now. */
async function untilNoConflict(
  { client }: ControllerContext,
  namespace: Namespace,
  signal: AbortSignal,
  write: (current: Namespace) => Promise<Namespace>,
): Promise<Namespace> {
  let current = namespace
  for (;;) {
    try {
      return await write(current)
    } catch (error) {
      if (!isConflict(error)) throw error
      const uid = current.metadata?.uid
      current = await client.get(resources.namespaces, { name: current.metadata?.name ?? '' }, { signal })
      if (current.metadata?.uid !== uid) throw new Error('namespace uid has changed across retries')
    }
  }
}

async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
