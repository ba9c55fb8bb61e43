import type { Eviction, Pod, PodDisruptionBudget, ResourceEntry } from '@kubets/api-types'
import { ApiError, badRequest, conflict, field, formatTime, invalid, isConflict, notFound } from '@kubets/apimachinery'
import type { AdmissionRequest } from '../../admission/admission.ts'
import type { RequestContext } from '../../handlers/request-context.ts'
import { deleteObject } from '../delete.ts'
import type { DeleteOptions } from '../delete-options.ts'
import { guaranteedUpdate } from '../guaranteed-update.ts'
import { respondValue } from '../respond-object.ts'
import { keyOf, type Rest } from '../rest.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { readBody } from '../steps/read-body.ts'
import { writeOptions } from '../write-options.ts'
import { budgetsEntry, budgetsOf, notYet, sparesUnhealthy, spend } from './disruption-budget.ts'

const kind = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  resource: 'evictions',
  schema: 'io.k8s.api.policy.v1.Eviction',
  alsoAccepts: ['policy/v1beta1'],
}

/** How often a pod that changes meanwhile is looked at again (upstream's figure). */
const attempts = 20

/** POST pods/<name>/eviction: a delete that disruption budgets may hold back. */
export const eviction: SubresourceHandler = async (rest, context, entry) => {
  const { info, user } = context
  if (info.verb !== 'create') throw methodNotAllowed()
  const { dryRun, fieldValidation } = writeOptions(info.query, 'CreateOptions')
  const body = (await readBody(rest, context, kind, fieldValidation)) as Eviction
  const request: AdmissionRequest = {
    operation: 'CREATE',
    entry,
    namespace: info.namespace,
    name: info.name,
    subresource: info.subresource,
    object: body,
    oldObject: undefined,
    user,
    dryRun: dryRun || asksDryRun(body.deleteOptions),
    context,
  }
  await rest.admission.mutate(request)
  const options = deletion(body, info.name, dryRun)
  await rest.admission.validate(request)
  await evict({ rest, context, entry, options })
  return respondValue(context, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function deletion({ metadata, deleteOptions: asked }: Eviction, name: string, dryRun: boolean): DeleteOptions {
  if ((metadata?.name ?? '') !== name) throw badRequest('name in URL does not match name in Eviction object')
  if (asked?.ignoreStoreReadErrorWithClusterBreakingPotential === true) {
    const text = 'can not be set for pod eviction, try after removing the option'
    const path = 'deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential'
    throw invalid(kind, name, [field.invalid(path, true, text)])
  }
  return {
    gracePeriodSeconds: asked?.gracePeriodSeconds,
    preconditions: { ...asked?.preconditions },
    propagationPolicy: asked?.propagationPolicy,
    orphanDependents: asked?.orphanDependents,
    dryRun: dryRun || asksDryRun(asked),
  }
}

const asksDryRun = (asked: Eviction['deleteOptions'] | undefined) => (asked?.dryRun ?? []).includes('All')

/** One eviction on its way. */
interface Wanted {
  readonly rest: Rest
  readonly context: RequestContext
  readonly entry: ResourceEntry
  readonly options: DeleteOptions
}

async function evict(wanted: Wanted): Promise<void> {
  const pod = await evictUncounted(wanted)
  if (pod === undefined) return
  const { rest, options } = wanted
  const [budget, ...others] = await budgetsOf(rest, pod)
  if (others.length > 0) throw moreThanOne()
  if (budget === undefined) return remove(wanted, options)
  if (!isReady(pod) && sparesUnhealthy(budget)) return removeUnhealthy(wanted, pod, budget)
  await takeDisruption(wanted, pod, budget)
  return remove(wanted, options)
}

/** A pod that runs no more, not yet, or is going anyway disrupts nothing: it is deleted. Gives the pod when it is another one. */
async function evictUncounted(wanted: Wanted): Promise<Pod | undefined> {
  const { options } = wanted
  for (let attempt = 1; ; attempt++) {
    const pod = await readPod(wanted)
    const { phase } = pod.status ?? {}
    const ended = phase === 'Succeeded' || phase === 'Failed' || (pod.metadata?.deletionTimestamp ?? '') !== ''
    if (!ended && phase !== 'Pending') return pod
    const pinned = options.preconditions.resourceVersion !== undefined
    try {
      // It could begin to run meanwhile: only the state that was looked at is deleted.
      await remove(wanted, ended || pinned ? options : onlyIf(options, pod))
      return undefined
    } catch (error) {
      if (pinned || attempt === attempts || !isConflict(error)) throw error
    }
  }
}

const isReady = ({ status }: Pod) =>
  (status?.conditions ?? []).some(({ type, status: now }) => type === 'Ready' && now === 'True')

/** It must still be unhealthy when it goes. */
async function removeUnhealthy(wanted: Wanted, pod: Pod, budget: PodDisruptionBudget): Promise<void> {
  const { options } = wanted
  try {
    await remove(wanted, onlyIf(options, pod))
  } catch (error) {
    if (!isConflict(error) || options.preconditions.resourceVersion !== undefined) throw error
    throw notYet(budget.metadata?.name ?? '')
  }
}

async function takeDisruption({ rest, context, options }: Wanted, pod: Pod, budget: PodDisruptionBudget) {
  const entry = budgetsEntry(rest)
  if (entry === undefined) return
  const name = budget.metadata?.name ?? ''
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, context.info.namespace, name),
    about: { group: entry.group, resource: entry.resource, name },
    dryRun: options.dryRun,
    change(current) {
      if (current === undefined) throw notFound(entry, name)
      const object = spend(current.object as PodDisruptionBudget, pod.metadata?.name ?? '', rest.clock.now())
      return { do: 'put', object }
    },
  })
}

async function readPod({ rest, context, entry }: Wanted): Promise<Pod> {
  const { namespace, name } = context.info
  const { kv } = await rest.store.get(keyOf(entry, namespace, name))
  if (kv === undefined) throw notFound(entry, name)
  const pod = rest.codec.decode(entry, kv.value) as Pod
  pod.metadata = { ...pod.metadata, resourceVersion: String(kv.modRevision) }
  return pod
}

const onlyIf = (options: DeleteOptions, { metadata }: Pod): DeleteOptions => ({
  ...options,
  preconditions: {
    ...options.preconditions,
    ...(metadata?.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
  },
})

/** Says on the pod why it goes, then deletes it. */
async function remove(wanted: Wanted, options: DeleteOptions): Promise<void> {
  const { rest, context, entry } = wanted
  const { namespace, name } = context.info
  if (options.dryRun) {
    await deleteObject(rest, context, entry, namespace, name, options)
    return
  }
  const { revision } = await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, namespace, name),
    about: { group: '', resource: 'pods', name },
    dryRun: false,
    change(current) {
      if (current === undefined) throw notFound(entry, name)
      checkPreconditions(current.object as Pod, options)
      return { do: 'put', object: disrupted(current.object as Pod, rest.clock.now()) }
    },
  })
  const { resourceVersion } = options.preconditions
  // The state that was asked for became this one by our own write.
  const preconditions =
    resourceVersion === undefined
      ? options.preconditions
      : { ...options.preconditions, resourceVersion: String(revision) }
  await deleteObject(rest, context, entry, namespace, name, { ...options, preconditions })
}

function checkPreconditions({ metadata }: Pod, { preconditions }: DeleteOptions): void {
  const { uid = '', resourceVersion = '' } = preconditions
  const refuse = (what: string, asked: string, present: string | undefined, why: string) =>
    conflict(
      'Pod',
      metadata?.name ?? '',
      `the ${what} in the precondition (${asked}) does not match the ${what} in record (${present ?? ''}). The object might have been ${why}`,
    )
  if (uid !== '' && uid !== metadata?.uid) throw refuse('UID', uid, metadata?.uid, 'deleted and then recreated')
  if (resourceVersion !== '' && resourceVersion !== metadata?.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, metadata?.resourceVersion, 'modified')
  }
}

type Condition = NonNullable<NonNullable<Pod['status']>['conditions']>[number]

function disrupted(pod: Pod, now: number): Pod {
  const conditions = pod.status?.conditions ?? []
  const before = conditions.find(({ type }) => type === 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: before?.status === 'True' ? before.lastTransitionTime : formatTime(now),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  } as unknown as Condition
  const rest = conditions.filter(one => one !== before)
  return { ...pod, status: { ...pod.status, conditions: [...rest, condition] } }
}

/** 500 without a reason, as upstream. */
const moreThanOne = () =>
  new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  })
