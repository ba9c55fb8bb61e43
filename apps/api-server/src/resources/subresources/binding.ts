import type { Binding, Pod } from '@kubets/api-types'
import {
  ApiError,
  badRequest,
  conflict,
  type FieldError,
  field,
  goQuote,
  nameIsPathSegment,
  notFound,
} from '@kubets/apimachinery'
import type { AdmissionRequest } from '../../admission/admission.ts'
import type { RequestContext } from '../../handlers/request-context.ts'
import { guaranteedUpdate } from '../guaranteed-update.ts'
import { respondValue } from '../respond-object.ts'
import { keyOf, type Rest } from '../rest.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { readBody } from '../steps/read-body.ts'
import { writeOptions } from '../write-options.ts'
import { bound } from './bound-pod.ts'
import { isGated, nodeNameOf } from './unread-pod.ts'

const kind = { group: '', version: 'v1', kind: 'Binding', resource: 'bindings', schema: 'io.k8s.api.core.v1.Binding' }
const pods = { group: '', resource: 'pods' }

/** POST pods/<name>/binding and POST bindings: puts a pod on a node, once. */
export const binding: SubresourceHandler = async (rest, context, entry) => {
  const { info, user } = context
  if (info.verb !== 'create') throw methodNotAllowed()
  const options = writeOptions(info.query, 'CreateOptions')
  const body = (await readBody(rest, context, kind, options.fieldValidation)) as Binding
  const given = body.metadata?.namespace ?? ''
  if (given !== '' && given !== info.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  const name = body.metadata?.name ?? ''
  const request: AdmissionRequest = {
    operation: 'CREATE',
    entry,
    namespace: info.namespace,
    name: info.name || name,
    subresource: info.subresource,
    object: body,
    oldObject: undefined,
    user,
    dryRun: options.dryRun,
    context,
  }
  await rest.admission.mutate(request)
  if (info.name !== '' && info.name !== name) throw badRequest('name in URL does not match name in Binding object')
  const causes = validateBinding(body)
  if (causes.length > 0) throw plainFailure(causes)
  await rest.admission.validate(request)
  await bind(rest, context, name, body, options.dryRun)
  return respondValue(context, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function validateBinding({ target }: Binding): FieldError[] {
  const causes: FieldError[] = []
  if (target?.kind && target.kind !== 'Node')
    causes.push(field.notSupported('target.kind', target.kind, ['Node', '<empty>']))
  if (!target?.name) causes.push(field.required('target.name'))
  return causes
}

/** Upstream makes no Invalid of a binding's errors: they arrive as the message of a failure without a reason. */
function plainFailure(causes: readonly FieldError[]): ApiError {
  const texts = causes.map(cause => `${cause.field}: ${cause.message}`)
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`,
    code: 500,
  })
}

async function bind(rest: Rest, context: RequestContext, name: string, body: Binding, dryRun: boolean): Promise<void> {
  const entry = rest.catalogue.byResource('', 'v1', 'pods')
  if (entry === undefined) throw notFound('pods', name)
  checkName(name)
  // only what is posted to the pod itself may say which pod it means
  if (context.info.subresource === '') delete body.metadata?.uid
  const refuse = (text: string) => conflict('pods/binding', name, text)
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, context.info.namespace, name),
    about: { ...pods, name },
    dryRun,
    leavesSpec: true,
    change(current) {
      if (current === undefined) throw notFound('pods', name)
      const pod = current.object as Pod
      checkPreconditions(body, pod, context.info.namespace, name)
      if (pod.metadata?.deletionTimestamp !== undefined)
        throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
      const node = nodeNameOf(pod)
      if (node !== '') throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(node)}`)
      if (isGated(pod)) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
      return { do: 'put', object: bound(pod, body, rest.clock.now()) }
    },
  })
}

/** A binding's own metadata says which pod it was made for. */
function checkPreconditions(body: Binding, pod: Pod, namespace: string, name: string): void {
  for (const [label, part] of [
    ['UID', 'uid'],
    ['ResourceVersion', 'resourceVersion'],
  ] as const) {
    const [wanted, present] = [body.metadata?.[part], pod.metadata?.[part] ?? '']
    if (!wanted || wanted === present) continue
    throw conflict(
      pods,
      name,
      `StorageError: invalid object, Code: 4, Key: /pods/${namespace}/${name}, ResourceVersion: 0, AdditionalErrorMsg: ` +
        `Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${present}`,
    )
  }
}

/** A name that can be no object's. */
function checkName(name: string): void {
  if (name === '') throw badRequest('Name parameter required.')
  const wrong = nameIsPathSegment(name, false)
  if (wrong.length > 0) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${wrong.join(';')}`)
}
