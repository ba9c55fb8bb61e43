import type { Binding, Pod } from '@kubets/api-types'
import { badRequest, conflict, field, formatTime, invalid, notFound } from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { guaranteedUpdate } from '../guaranteed-update.ts'
import { respondValue } from '../respond-object.ts'
import { keyOf, type Rest } from '../rest.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { readBody } from '../steps/read-body.ts'
import { writeOptions } from '../write-options.ts'

const kind = { group: '', version: 'v1', kind: 'Binding', resource: 'bindings', schema: 'io.k8s.api.core.v1.Binding' }

/** POST pods/<name>/binding and POST bindings: puts a pod on a node, once. */
export const binding: SubresourceHandler = async (rest, context) => {
  const { info } = context
  if (info.verb !== 'create') throw methodNotAllowed()
  const options = writeOptions(info.query, 'CreateOptions')
  const body = (await readBody(rest, context, kind, options.fieldValidation)) as Binding
  const name = info.resource === 'pods' ? info.name : (body.metadata?.name ?? '')
  if (
    body.metadata?.namespace !== undefined &&
    body.metadata.namespace !== '' &&
    body.metadata.namespace !== info.namespace
  )
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  if (body.metadata?.name !== undefined && body.metadata.name !== '' && body.metadata.name !== name)
    throw badRequest(`the name of the object (${body.metadata.name}) does not match the name on the URL (${name})`)
  const target = body.target
  const causes = []
  if (target?.kind !== undefined && target.kind !== '' && target.kind !== 'Node')
    causes.push(field.notSupported('target.kind', target.kind, ['Node', '<empty>']))
  if ((target?.name ?? '') === '') causes.push(field.required('target.name'))
  if (causes.length > 0) throw invalid('Binding', name, causes)
  await bind(rest, context, name, body, options.dryRun)
  return respondValue(context, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

async function bind(rest: Rest, context: RequestContext, name: string, body: Binding, dryRun: boolean): Promise<void> {
  const pods = rest.catalogue.byResource('', 'v1', 'pods')
  if (pods === undefined) throw notFound('pods', name)
  const node = body.target.name ?? ''
  await guaranteedUpdate(rest, pods, {
    key: keyOf(pods, context.info.namespace, name),
    about: { group: '', resource: 'pods', name },
    dryRun,
    change(current) {
      if (current === undefined) throw notFound('pods', name)
      const pod = current.object as Pod
      const { uid, resourceVersion } = body.metadata ?? {}
      if (uid !== undefined && uid !== '' && uid !== pod.metadata?.uid)
        throw conflict(
          'pods/binding',
          name,
          `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata?.uid ?? ''}`,
        )
      if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== pod.metadata?.resourceVersion)
        throw conflict(
          'pods/binding',
          name,
          `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata?.resourceVersion ?? ''}`,
        )
      if (pod.metadata?.deletionTimestamp !== undefined)
        throw conflict('pods/binding', name, `pod ${name} is being deleted, cannot be assigned to a host`)
      if ((pod.spec?.nodeName ?? '') !== '')
        throw conflict(
          'pods/binding',
          name,
          `pod ${name} is already assigned to node ${JSON.stringify(pod.spec?.nodeName)}`,
        )
      if ((pod.spec?.schedulingGates ?? []).length > 0)
        throw conflict('pods/binding', name, `pod ${name} has non-empty .spec.schedulingGates`)
      return { do: 'put', object: bound(pod, node, body, rest.clock.now()) }
    },
  })
}

function bound(pod: Pod, node: string, body: Binding, now: number): Pod {
  const annotations = { ...pod.metadata?.annotations, ...body.metadata?.annotations }
  const labels = { ...pod.metadata?.labels, ...topologyOnly(body.metadata?.labels) }
  const conditions = (pod.status?.conditions ?? []).filter(c => c.type !== 'PodScheduled')
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    } as never,
    spec: { ...pod.spec, nodeName: node } as never,
    status: {
      ...pod.status,
      conditions: [
        ...conditions,
        { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(now) },
      ] as never,
    },
  }
}

/** Of a binding's labels only the topology of the node is taken over. */
function topologyOnly(labels: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => key.startsWith('topology.kubernetes.io/')))
}
