import type { Eviction } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import { deleteObject } from '../delete.ts'
import { respondValue } from '../respond-object.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { readBody } from '../steps/read-body.ts'
import { writeOptions } from '../write-options.ts'

const kind = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  resource: 'evictions',
  schema: 'io.k8s.api.policy.v1.Eviction',
}

/** POST pods/<name>/eviction: a delete that disruption budgets may hold back. There are no budgets among the kinds served yet, so none does. */
export const eviction: SubresourceHandler = async (rest, context, entry) => {
  const { info } = context
  if (info.verb !== 'create') throw methodNotAllowed()
  const options = writeOptions(info.query, 'CreateOptions')
  const body = (await readBody(rest, context, kind, options.fieldValidation)) as Eviction
  const named = body.metadata?.name ?? ''
  if (named !== '' && named !== info.name) throw badRequest('name in URL does not match name in Eviction object')
  const { deleteOptions } = body
  await deleteObject(rest, context, entry, info.namespace, info.name, {
    gracePeriodSeconds: deleteOptions?.gracePeriodSeconds,
    preconditions: { ...deleteOptions?.preconditions },
    propagationPolicy: deleteOptions?.propagationPolicy,
    orphanDependents: undefined,
    dryRun: options.dryRun || (deleteOptions?.dryRun ?? []).includes('All'),
  })
  return respondValue(context, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}
