import type { KubeObject, ResourceQuota } from '@kubets/api-types'
import { parseList, type ResourceList, type ScopeRequirement, scopeRequirements } from '@kubets/quota'

/** What is read of a ResourceQuota. Its controller says in the status what it limits. */
export interface Quota {
  readonly name: string
  readonly hard: ResourceList
  readonly used: ResourceList
  readonly requirements: readonly ScopeRequirement[]
}

export function quotaOf(object: KubeObject): Quota {
  const { metadata, spec, status } = object as ResourceQuota
  return {
    name: metadata?.name ?? '',
    hard: parseList(status?.hard),
    used: parseList(status?.used),
    requirements: scopeRequirements((spec ?? {}) as Parameters<typeof scopeRequirements>[0]),
  }
}
