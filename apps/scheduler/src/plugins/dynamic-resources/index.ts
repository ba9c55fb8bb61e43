import type { Plugin } from '../../framework/plugin.ts'

/** Keeps pods waiting whose ResourceClaims do not exist; none does, as long as the house serves no claims. */
export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  preFilter(pod) {
    const [first] = pod.template.resourceClaims
    if (first === undefined) return undefined
    return first === ''
      ? `pod "${pod.namespace}/${pod.name}": ResourceClaim not created yet`
      : `resourceclaim.resource.k8s.io "${first}" not found`
  },
  mayHelp: () => false,
}
