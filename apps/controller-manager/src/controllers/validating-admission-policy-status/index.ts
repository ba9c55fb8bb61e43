import type { ValidatingAdmissionPolicy } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { type ControllerContext, controllerQueue } from '../../context.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { checkTypes, type KnownType } from './check-types.ts'
import { OpenApiTypes } from './open-api-types.ts'
import { type GroupVersionKind, type KindFor, typesToCheck } from './types-to-check.ts'

const policyInformer: InformerDefinition<ValidatingAdmissionPolicy, ValidatingAdmissionPolicy> = {
  ref: resources.validatingAdmissionPolicies,
  project: ({ metadata, spec, status }) =>
    ({
      metadata: { name: metadata?.name, generation: metadata?.generation },
      spec,
      status: { observedGeneration: status?.observedGeneration },
    }) as ValidatingAdmissionPolicy,
}

const manager = 'validatingadmissionpolicy-status'

/** Tells the author of a ValidatingAdmissionPolicy which expressions do not fit the types that it is for, in its status. */
export const validatingAdmissionPolicyStatusController: ControllerDescriptor = {
  name: 'validatingadmissionpolicy-status-controller',
  alias: manager,
  account: 'validatingadmissionpolicy-status-controller',
  needs: [resources.validatingAdmissionPolicies],
  start(context) {
    const policies = context.informers.of(policyInformer)
    const queue = controllerQueue(context, {
      name: manager,
      concurrency: context.configuration.concurrency.validatingAdmissionPolicyStatus,
      after: [policies],
      async process(name, signal) {
        const policy = policies.lister.get({ name })
        const generation = policy?.metadata?.generation ?? 0
        if (policy === undefined || generation <= (policy.status?.observedGeneration ?? 0)) return undefined
        const expressionWarnings = await warningsOf(context, policy, signal)
        const status = {
          observedGeneration: generation,
          typeChecking: expressionWarnings.length === 0 ? {} : { expressionWarnings },
        }
        const { group, version, kind } = resources.validatingAdmissionPolicies
        const wanted = { apiVersion: `${group}/${version}`, kind, metadata: { name }, status }
        await context.client
          .patch(resources.validatingAdmissionPolicies, { name }, 'apply', wanted, {
            subresource: 'status',
            fieldManager: manager,
            force: true,
            signal,
          })
          .catch(error => {
            if (!isNotFound(error)) throw error
          })
        return undefined
      },
    })
    const enqueue = ({ metadata }: ValidatingAdmissionPolicy) => queue.add(metadata?.name ?? '')
    policies.subscribe({ added: enqueue, updated: (_old, policy) => enqueue(policy) })
  },
}

async function warningsOf(context: ControllerContext, policy: ValidatingAdmissionPolicy, signal: AbortSignal) {
  const documents = new OpenApiTypes(context.client, signal)
  const known = async (kind: GroupVersionKind): Promise<KnownType | undefined> => {
    const schema = await documents.schemaOf(kind)
    return schema && { kind, schema }
  }
  const types: KnownType[] = []
  for (const kind of await kindsOf(context, policy, signal)) {
    const type = await known(kind)
    if (type !== undefined) types.push(type)
  }
  const { paramKind } = policy.spec ?? {}
  const [version = '', group = ''] = (paramKind?.apiVersion ?? '').split('/').reverse()
  const params = paramKind?.kind === undefined ? undefined : await known({ group, version, kind: paramKind.kind })
  // a cluster without policies does without it
  return checkTypes(await import('@kubets/cel'), policy, types, params)
}

/** What the server has not may have come since it was asked: it is asked again, once. */
async function kindsOf(
  { resources: served }: ControllerContext,
  policy: ValidatingAdmissionPolicy,
  signal: AbortSignal,
) {
  const kindFor: KindFor = (group, version, resource) =>
    served.current.resources.find(
      each =>
        each.group === group &&
        each.version === version &&
        (each.resource === resource || each.kind.toLowerCase() === resource),
    )?.kind
  const first = typesToCheck(policy, kindFor)
  if (!first.unknown) return first.kinds
  await served.refresh(signal)
  return typesToCheck(policy, kindFor).kinds
}
