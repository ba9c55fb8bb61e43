import type { ResourceQuota } from '@kubets/api-types'
import { type Quantity, semanticEqual } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import {
  calculateUsage,
  type Evaluator,
  equalLists,
  formatList,
  type ListObjects,
  maskList,
  parseList,
  scopeRequirements,
} from '@kubets/quota'

export interface QuotaDeps {
  client: Pick<Client, 'update'>
  evaluators: Iterable<Evaluator<unknown>>
  /** The objects of a collection in a namespace. */
  list(namespace: string): ListObjects
  now: number
  /** Write no figure lower than it is. */
  raiseOnly?: boolean
}

/** Writes into the quota's status what its namespace uses. What could not be counted keeps its last figure, and is reported. */
export async function reconcile(deps: QuotaDeps, quota: ResourceQuota, signal: AbortSignal): Promise<void> {
  const { next, errors } = statusOf(deps, quota)
  if (next !== undefined)
    await deps.client.update<ResourceQuota>(
      resources.resourceQuotas,
      { ...quota, status: next },
      { subresource: 'status', signal },
    )
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, errors.map(error => error.message).join(', '))
}

type Status = NonNullable<ResourceQuota['status']>

/** The status that the quota should have, if it is another than it has. Pure. */
export function statusOf(
  { evaluators, list, now, raiseOnly = false }: Omit<QuotaDeps, 'client'>,
  { metadata, spec = {}, status }: ResourceQuota,
): { next: Status | undefined; errors: Error[] } {
  const hard = parseList(spec.hard)
  const before = parseList(status?.used)
  const { used, errors } = calculateUsage({
    hard,
    requirements: scopeRequirements(spec as Parameters<typeof scopeRequirements>[0]),
    evaluators,
    list: list(metadata?.namespace ?? ''),
    now,
  })
  const counted = raiseOnly ? [...used].filter(([name, amount]) => isMore(amount, before.get(name))) : used
  const next = maskList(new Map([...before, ...counted]), hard.keys())
  const settled =
    status?.hard !== undefined &&
    status.used !== undefined &&
    semanticEqual(spec.hard, status.hard) &&
    equalLists(next, before)
  return { next: settled ? undefined : { hard: formatList(hard), used: formatList(next) }, errors }
}

const isMore = (amount: Quantity, than: Quantity | undefined) => than === undefined || amount.compare(than) > 0
