/** Upstream's admission plugins that are on unless they are disabled, and that kubets has. */
export const onByDefault = [
  'NamespaceLifecycle',
  'LimitRanger',
  'ServiceAccount',
  'Priority',
  'DefaultTolerationSeconds',
  'RuntimeClass',
  'PodTopologyLabels',
  'ResourceQuota',
] as const

/** Names of upstream's v1.36 that kubets does not have (yet): they may stand in a command line, and are said to do nothing. */
const withoutEffect = new Set([
  'AlwaysAdmit',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'NodeRestriction',
  'TaintNodesByCondition',
  'AlwaysPullImages',
  'ImagePolicyWebhook',
  'PodSecurity',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PodGroupProtection',
  'OwnerReferencesPermissionEnforcement',
  'PersistentVolumeClaimResize',
  'CertificateApproval',
  'CertificateSigning',
  'ClusterTrustBundleAttest',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'DenyServiceExternalIPs',
  'PodGroupWorkloadExists',
  'NodeDeclaredFeatureValidator',
  'JobValidation',
  'PodResizeValidator',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'AlwaysDeny',
])

/** Names that upstream has taken away, and what has their work now. */
const removed = new Map([
  ['Initializers', 'mutating admission webhooks replace it'],
  ['PersistentVolumeLabel', 'the cloud controller manager labels volumes'],
  ['PodSecurityPolicy', 'PodSecurity replaces it'],
  ['SecurityContextDeny', 'PodSecurity replaces it'],
  ['DenyEscalatingExec', 'PodSecurity replaces it'],
])

export interface PluginChoice {
  /** On beside those that are on by default. */
  readonly enable?: readonly string[] | undefined
  readonly disable?: readonly string[] | undefined
}

/** Which plugins run. Order in a flag means nothing, as upstream. @throws RangeError for a name that nobody knows. */
export function choosePlugins(
  { enable = [], disable = [] }: PluginChoice,
  warn: (message: string) => void,
): ReadonlySet<string> {
  const enabled = new Set(known('enable-admission-plugins', enable, warn))
  const disabled = new Set(known('disable-admission-plugins', disable, () => undefined))
  const both = [...enabled].filter(name => disabled.has(name))
  if (both.length > 0)
    throw new RangeError(
      `${both.sort().join(', ')} in enable-admission-plugins and disable-admission-plugins overlapped`,
    )
  return new Set(onByDefault.filter(name => !disabled.has(name)))
}

function known(flag: string, names: readonly string[], warn: (message: string) => void): readonly string[] {
  for (const name of names) {
    if (onByDefault.includes(name as (typeof onByDefault)[number])) continue
    const why = removed.get(name)
    if (why !== undefined) warn(`--${flag}: ${name} is no longer a plugin: ${why}`)
    else if (withoutEffect.has(name)) warn(`--${flag}: the plugin ${name} is not there yet and has no effect`)
    else throw new RangeError(`${flag} plugin ${JSON.stringify(name)} is unknown`)
  }
  return names
}
