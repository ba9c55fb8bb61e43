interface ContainerRules {
  readonly restartPolicyRules?: readonly { readonly action?: string }[] | null
}

interface PodNeeds {
  readonly containers?: readonly ContainerRules[] | null
  readonly initContainers?: readonly ContainerRules[] | null
  readonly hostNetwork?: boolean | null
  readonly hostUsers?: boolean | null
}

const nothing: readonly string[] = []
const restartsAll = ({ restartPolicyRules }: ContainerRules): boolean =>
  restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers') ?? false

/** What a new pod asks of a node's kubelet, by the names that nodes declare in `status.declaredFeatures` (KEP-5328); sorted. */
export function neededFeatures(spec: PodNeeds | undefined): readonly string[] {
  const restarts = spec?.containers?.some(restartsAll) || spec?.initContainers?.some(restartsAll)
  const users = spec?.hostNetwork === true && spec.hostUsers === false
  if (!restarts && !users) return nothing
  return [
    ...(restarts ? ['RestartAllContainersOnContainerExits'] : nothing),
    ...(users ? ['UserNamespacesHostNetworkSupport'] : nothing),
  ]
}
